"""Servers that mean harm, or that must never be asked: they count connections and say what they like."""

import contextlib
import datetime
import gzip
import ipaddress
import socket
import ssl
import threading
import time
import zlib
from collections import Counter
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import brotli
from backports import zstd
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

BOMB = bytes(300_000_000)


class Listener:
    """Counts the connections to an address, or to a port on every address of this machine; answers none."""

    def __init__(self, address=None):
        if address is None:
            self._socket = socket.socket(socket.AF_INET6, socket.SOCK_STREAM)
            self._socket.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
            self._socket.bind(("::", 0))
        else:
            self._socket = socket.socket()
            self._socket.bind(address)
        self._socket.listen(64)
        self.port = self._socket.getsockname()[1]
        self.connections = 0
        threading.Thread(target=self._count, daemon=True).start()

    def _count(self):
        with contextlib.suppress(OSError):
            while True:
                connection, _ = self._socket.accept()
                self.connections += 1
                connection.close()

    def close(self):
        self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()


def head(*lines, status="200 OK"):
    return "\r\n".join([f"HTTP/1.1 {status}", "Content-Type: text/html", *lines, "", ""]).encode()


def whole(body, *lines, status="200 OK"):
    return head(f"Content-Length: {len(body)}", *lines, status=status) + body


def trickle(begin, piece, seconds):
    """Send a beginning, and then a piece every so many seconds until the other side has had enough."""

    def send(write):
        write(begin)
        while True:
            write(piece)
            time.sleep(seconds)

    return send


def at_once(data):
    return lambda write: write(data)


def _deflated(data):
    return zlib.compress(data, 9)


def _brotli(data):
    compressor = brotli.Compressor(quality=5)
    pieces = [compressor.process(data[at : at + (1 << 24)]) for at in range(0, len(data), 1 << 24)]
    return b"".join([*pieces, compressor.finish()])


def hostile_answers():
    """Return path -> what the server sends there."""
    chunk = b"10000\r\n" + b"x" * 0x10000 + b"\r\n"
    return {
        "gzip_bomb": at_once(whole(gzip.compress(BOMB, 9), "Content-Encoding: gzip")),
        "deflate_bomb": at_once(whole(_deflated(BOMB), "Content-Encoding: deflate")),
        "brotli_bomb": at_once(whole(_brotli(BOMB), "Content-Encoding: br")),
        "zstd_bomb": at_once(whole(zstd.compress(BOMB), "Content-Encoding: zstd")),
        "packed_often": at_once(whole(b"x", "Content-Encoding: gzip, gzip, gzip")),
        "not_packed": at_once(whole(b"<p>plain</p>", "Content-Encoding: gzip")),
        "no_deflate": at_once(whole(b"<p>plain</p>", "Content-Encoding: deflate")),
        "no_brotli": at_once(whole(b"<p>plain</p>", "Content-Encoding: br")),
        "no_zstd": at_once(whole(b"<p>plain</p>", "Content-Encoding: zstd")),
        "unknown_transfer": at_once(head("Transfer-Encoding: gzip") + b"x"),
        "length_no_number": at_once(head("Content-Length: many") + b"x"),
        "length_negative": at_once(head("Content-Length: -1") + b"x"),
        "bad_chunks": at_once(head("Transfer-Encoding: chunked") + b"zz\r\nx\r\n"),
        "bad_charset": at_once(whole(b"<p>x</p>", "Content-Type: text/html; charset=\x00nothing")),
        "bad_links": at_once(
            whole(b'<base href="http://[::1"><a href="http://[x">x</a><a href="//:99999/">y</a>')
        ),
        "to_bad_port": at_once(whole(b"", "Location: http://a.org:99999/", status="302 Found")),
        "endless_body": trickle(head("Transfer-Encoding: chunked"), chunk, 0),
        "endless_without_length": trickle(head("Connection: close"), b"x" * 65536, 0),
        "endless_head": trickle(b"HTTP/1.1 200 OK\r\n", b"X-More: " + b"x" * 1000 + b"\r\n", 0),
        "endless_interim": trickle(b"", b"HTTP/1.1 102 Processing\r\n\r\n" * 100, 0),
        "slow_body": trickle(head("Content-Length: 100000"), b"x", 0.2),
        "slow_head": trickle(b"HTTP/1.1 200 OK\r\n", b"X-More: x\r\n", 0.2),
        "silent": trickle(b"", b"", 0.2),
        "too_long": at_once(head("Content-Length: 2000000")),
        "ends_early": at_once(head("Content-Length: 5000", "Connection: close") + b"<p>half"),
        "no_http": at_once(b"\x00\x01\x02\x03\r\n\r\n"),
        "loop": at_once(whole(b"", "Location: /docs/loop2", status="302 Found")),
        "loop2": at_once(whole(b"", "Location: /docs/loop", status="302 Found")),
        "to_itself": at_once(whole(b"", "Location: /docs/to_itself", status="301 Moved")),
        "to_file": at_once(whole(b"", "Location: file:///etc/passwd", status="301 Moved")),
        "to_nothing": at_once(whole(b"", status="301 Moved")),
    }


class HostileServer:
    """Serves `answers` below /docs/, and a page that links to them all; everything else is missing."""

    def __init__(self, answers, links, *, context=None):
        self.asked = Counter()
        page = b"<p>words</p>" + b"".join(b'<a href="%s">x</a>' % link.encode() for link in links)
        sends = {f"/docs/{name}": send for name, send in answers.items()}
        sends["/docs/"] = at_once(whole(page))
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self):
                outer.asked[self.path] += 1
                self.close_connection = True
                send = sends.get(self.path, at_once(whole(b"nothing", status="404 Not Found")))
                with contextlib.suppress(OSError):
                    send(self.connection.sendall)

            def log_message(self, *args):
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self._server.handle_error = lambda *_: None
        if context is not None:
            self._server.socket = context.wrap_socket(self._server.socket, server_side=True)
        self.port = self._server.server_port
        self.host = f"127.0.0.1:{self.port}"
        threading.Thread(
            target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True
        ).start()

    def url(self, path):
        return f"http://{self.host}{path}"

    def close(self):
        self._server.shutdown()
        self._server.server_close()


def self_signed(folder):
    """Return a TLS context whose certificate names 127.0.0.1 and is vouched for by nobody."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.datetime.now(datetime.UTC)
    address = x509.IPAddress(ipaddress.ip_address("127.0.0.1"))
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([address]), critical=False)
        .sign(key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    private = key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    path = folder / "server.pem"
    path.write_bytes(private + certificate.public_bytes(pem))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(path)
    return context
