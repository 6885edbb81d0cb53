"""A server on loopback that speaks raw bytes, and a listener that counts who knocks."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

Speak = Callable[[socket.socket], None]


@dataclass
class Port:
    """An open port, and how many connections came to it."""

    number: int
    connections: int = 0


@contextmanager
def listening(speak: Speak, host: str = "127.0.0.1") -> Iterator[Port]:
    """Give a port on which each connection gets what `speak` sends; requests are read and thrown away."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    server = socket.create_server((host, 0), family=family)
    port = Port(server.getsockname()[1])

    def serve() -> None:
        while True:
            try:
                connection, _ = server.accept()
            except OSError:
                return
            port.connections += 1
            threading.Thread(target=answer, args=(connection,), daemon=True).start()

    def answer(connection: socket.socket) -> None:
        with connection:
            try:
                connection.settimeout(20)
                request = connection.recv(65_536)
                if b"/robots.txt" in request or b"/.well-known/" in request:
                    connection.sendall(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n")
                else:
                    speak(connection)
            except OSError:
                return

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    try:
        yield port
    finally:
        server.shutdown(socket.SHUT_RDWR)
        server.close()
        thread.join()


def endless(connection: socket.socket) -> None:
    """Send a body without an end."""
    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: image/png\r\n\r\n\x89PNG\r\n\x1a\n")
    while True:
        connection.sendall(b"\0" * 65_536)


def dripping(connection: socket.socket) -> None:
    """Send a body byte by byte, each in time."""
    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n")
    _drip(connection)


def dripping_headers(connection: socket.socket) -> None:
    """Send headers byte by byte, each in time."""
    connection.sendall(b"HTTP/1.1 200 OK\r\nX-Slow: ")
    _drip(connection)


def silent(connection: socket.socket) -> None:
    """Send nothing."""
    connection.recv(1)


def many_headers(connection: socket.socket) -> None:
    """Send more headers than anybody needs."""
    connection.sendall(b"HTTP/1.1 200 OK\r\n")
    for number in range(100_000):
        connection.sendall(b"X-Header-%d: %s\r\n" % (number, b"x" * 500))
    connection.sendall(b"\r\n")


def long_header(connection: socket.socket) -> None:
    """Send one header without an end."""
    connection.sendall(b"HTTP/1.1 200 OK\r\nX-Long: ")
    while True:
        connection.sendall(b"x" * 65_536)


def endless_continue(connection: socket.socket) -> None:
    """Send nothing but the promise that an answer will come."""
    while True:
        connection.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")
        time.sleep(0.01)


def no_http(connection: socket.socket) -> None:
    """Send what is no HTTP at all."""
    connection.sendall(b"SSH-2.0-OpenSSH_9.2\r\n")


def broken_off(connection: socket.socket) -> None:
    """Send less than was promised."""
    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nshort")


def packed(body: bytes, encoding: str) -> Speak:
    """Return what sends `body` under a Content-Encoding."""

    def speak(connection: socket.socket) -> None:
        head = f"HTTP/1.1 200 OK\r\nContent-Encoding: {encoding}\r\nContent-Length: {len(body)}\r\n\r\n"
        connection.sendall(head.encode() + body)

    return speak


def redirecting(location: str) -> Speak:
    """Return what sends a redirect to `location`."""

    def speak(connection: socket.socket) -> None:
        connection.sendall(
            f"HTTP/1.1 302 Found\r\nLocation: {location}\r\nContent-Length: 0\r\n\r\n".encode()
        )

    return speak


def _drip(connection: socket.socket) -> None:
    while True:
        connection.sendall(b"x")
        time.sleep(0.2)
