"""The security table for servers: each line is refused with a reason, in time, and the rest is unharmed."""

from __future__ import annotations

import gzip
import os
import time
import urllib.request
import zlib
from collections.abc import Callable
from contextlib import contextmanager

import pytest

from pipeline.images.remote import RemoteFetcher
from pipeline.images.spill import Spill
from pipeline.images.tries import Try
from pipeline.network.addresses import normal_url
from pipeline.recipe import NetworkSettings
from tests.pipeline.images.test_fetch import picture
from tests.pipeline.network import hostile
from tests.pipeline.network.hostile import listening, packed, redirecting

MAX_BYTES = 1_000_000
TIMEOUT = 1.0
PICTURE = picture(7)


@pytest.fixture(scope="module", autouse=True)
def warm():
    """Import img2dataset before anything is timed; it must not ask for a library's newer version."""
    os.environ.setdefault("NO_ALBUMENTATIONS_UPDATE", "1")
    import img2dataset.downloader

    assert img2dataset.downloader


def ask(tmp_path, url: str, *allowed: str) -> Try:
    """Ask for one URL as the stage `fetch` does."""
    network = NetworkSettings(allow_private=allowed, timeout=TIMEOUT, retries=0)
    fetcher = RemoteFetcher(network, MAX_BYTES, str(tmp_path))
    (found,) = fetcher.fetch({normal_url(url): None}, {}, Spill())
    return found


@contextmanager
def place(speak):
    with listening(speak) as port:
        yield f"127.0.0.1:{port.number}"


BEHAVIOURS: dict[str, tuple[Callable, str]] = {
    "a body without an end": (hostile.endless, "more than 1000000 bytes"),
    "a body slower than the limit": (hostile.dripping, "timeout"),
    "headers slower than the limit": (hostile.dripping_headers, "timeout"),
    "silence": (hostile.silent, "timeout"),
    "promises without an answer": (hostile.endless_continue, "timeout"),
    "too many headers": (hostile.many_headers, "connection: HTTPException"),
    "a header without an end": (hostile.long_header, "connection: LineTooLong"),
    "no HTTP": (hostile.no_http, "connection: BadStatusLine"),
    "a body that breaks off": (hostile.broken_off, "connection: ConnectionError"),
    "a gzip bomb": (packed(gzip.compress(b"\0" * 50_000_000), "gzip"), "more than 1000000 bytes"),
    "a deflate bomb": (packed(zlib.compress(b"\0" * 50_000_000), "deflate"), "more than 1000000 bytes"),
    "no gzip": (packed(b"words", "gzip"), "cannot be unpacked"),
    "a packing that we do not know": (packed(b"words", "br"), "content encoding 'br'"),
    "a redirect to itself": (redirecting("/x.png"), "http 302: a redirect that goes round"),
    "a redirect to a file": (
        redirecting("file:///etc/hostname"),
        "http 302: a redirect that goes round or leads nowhere",
    ),
    "a redirect to another scheme": (
        redirecting("gopher://127.0.0.1/"),
        "http 302: a redirect that goes round or leads nowhere",
    ),
    "a redirect to a script": (
        redirecting("javascript:alert(1)"),
        "http 302: a redirect that goes round or leads nowhere",
    ),
}


@pytest.mark.parametrize("behaviour", BEHAVIOURS)
def test_servers_that_misbehave(tmp_path, behaviour):
    speak, reason = BEHAVIOURS[behaviour]
    with place(speak) as server, place(packed(PICTURE, "identity")) as fine:
        began = time.monotonic()
        found = ask(tmp_path, f"http://{server}/x.png", server, fine)
        assert time.monotonic() - began < 10 * TIMEOUT
        assert found.answer.outcome in {"failed", "refused"}
        assert reason in found.answer.reason
        assert found.image_id is None
        assert ask(tmp_path, f"http://{fine}/x.png", server, fine).answer.outcome == "ok"


@pytest.mark.parametrize("encoding", ["gzip", "x-gzip", "deflate", "identity"])
def test_packed_images_are_unpacked(tmp_path, encoding):
    pack = {"deflate": zlib.compress, "identity": bytes}.get(encoding, gzip.compress)
    with place(packed(pack(PICTURE), encoding)) as server:
        found = ask(tmp_path, f"http://{server}/x.png", server)
    assert found.answer.outcome == "ok"
    import hashlib

    assert found.image_id == hashlib.sha256(PICTURE).hexdigest()


def test_redirects_that_go_round_between_two_hosts(tmp_path):
    there: dict[str, str] = {}

    def onward(name):
        def speak(connection):
            redirecting(there[name])(connection)

        return speak

    with listening(onward("one")) as one, listening(onward("two")) as two:
        there |= {
            "one": f"http://127.0.0.1:{two.number}/x.png",
            "two": f"http://127.0.0.1:{one.number}/x.png",
        }
        found = ask(
            tmp_path,
            f"http://127.0.0.1:{one.number}/x.png",
            f"127.0.0.1:{one.number}",
            f"127.0.0.1:{two.number}",
        )
    assert "a redirect that goes round" in found.answer.reason
    assert one.connections + two.connections < 30


#: Ways to write loopback; what they mean is settled when a name is looked up, so that is where it is judged.
SPELLINGS = {
    "dotted": "127.0.0.1",
    "another of its net": "127.8.9.10",
    "decimal": "2130706433",
    "hexadecimal": "0x7f000001",
    "octal": "0177.0.0.1",
    "octal with zeros": "00000177.0.0.1",
    "mixed": "0x7f.0.0.01",
    "two parts": "127.1",
    "three parts": "127.0.1",
    "zero": "0",
    "this host": "0.0.0.0",
    "a name": "localhost",
    "a name in capitals": "LOCALHOST",
    "a name with a dot at its end": "localhost.",
    "an address with a dot at its end": "127.0.0.1.",
    "IPv6": "[::1]",
    "IPv6 in full": "[0:0:0:0:0:0:0:1]",
    "IPv6, unspecified": "[::]",
    "IPv4-mapped": "[::ffff:127.0.0.1]",
    "IPv4-mapped in hexadecimal": "[::ffff:7f00:1]",
    "IPv4-compatible": "[::127.0.0.1]",
    "NAT64": "[64:ff9b::7f00:1]",
    "6to4": "[2002:7f00:1::]",
    "a zone": "[fe80::1%25lo]",
    "a zone of loopback": "[::1%25lo]",
    "a user before it": "8.8.8.8@127.0.0.1",
    "a user and a password": "example.org:80@127.0.0.1",
    "a backslash": "example.org\\@127.0.0.1",
    "wide digits": "１２７.０.０.１",
    "wide dots": "127。0。0。1",
    "half-wide dots": "127｡0｡0｡1",
    "digits in circles": "①②⑦.⓪.⓪.①",
    "escaped": "%31%32%37.0.0.1",
    "bold letters": "𝗹𝗼𝗰𝗮𝗹𝗵𝗼𝘀𝘁",
}


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_no_spelling_reaches_loopback(tmp_path, spelling):
    with listening(packed(PICTURE, "identity")) as port, listening(packed(PICTURE, "identity"), "::1") as six:
        for number in (port.number, six.number):
            found = ask(tmp_path, f"http://{SPELLINGS[spelling]}:{number}/x.png")
            assert found.answer.outcome in {"refused", "failed"}
            assert found.image_id is None
        assert (port.connections, six.connections) == (0, 0)


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_no_redirect_reaches_loopback(tmp_path, spelling):
    with listening(packed(PICTURE, "identity")) as port:
        location = f"http://{SPELLINGS[spelling]}:{port.number}/x.png"
        with place(redirecting(location.encode().decode("latin-1"))) as server:
            found = ask(tmp_path, f"http://{server}/x.png", server)
        assert found.answer.outcome in {"refused", "failed"}
        assert port.connections == 0


def test_the_listener_would_count_were_it_asked(tmp_path):
    """The tests above can fail."""
    with listening(packed(PICTURE, "identity")) as port:
        found = ask(tmp_path, f"http://2130706433:{port.number}/x.png", f"127.0.0.1:{port.number}")
    assert found.answer.outcome == "ok"
    assert port.connections == 3, "robots.txt, reservations, the image"


#: Addresses that are nobody's business, though they be no loopback.
ADDRESSES = (
    "10.0.0.1", "172.16.0.1", "172.31.255.254", "192.168.0.1", "169.254.169.254", "169.254.0.1", "100.64.0.1",
    "192.0.0.1", "192.0.2.1", "198.18.0.1", "198.51.100.1", "203.0.113.1", "224.0.0.1", "239.255.255.250",
    "240.0.0.1", "255.255.255.255", "[fd00::1]", "[fe80::1]", "[fec0::1]", "[ff02::1]", "[2001:db8::1]",
    "[::ffff:169.254.169.254]", "[64:ff9b::a9fe:a9fe]", "[64:ff9b:1::1]", "2852039166", "0xA9FEA9FE",
)  # fmt: skip


@pytest.mark.parametrize("address", ADDRESSES)
def test_private_and_special_addresses_are_refused_before_a_connection(tmp_path, address, monkeypatch):
    import socket

    tried = []
    monkeypatch.setattr(socket.socket, "connect", lambda self, where: tried.append(where))
    found = ask(tmp_path, f"http://{address}/latest/meta-data/")
    assert (found.answer.outcome, found.answer.reason) == (
        "refused",
        "private address that is not in network.allow_private",
    )
    assert not tried


def resolving(monkeypatch, *answers: tuple[str, ...]) -> list[str]:
    """Make names resolve to the given addresses, look-up after look-up, the last one for ever."""
    import socket

    from pipeline.network import guard

    looked_up: list[str] = []

    def resolve(host, port, *args, **kwargs):
        addresses = answers[min(len(looked_up), len(answers) - 1)]
        looked_up.append(host)
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (one, port)) for one in addresses]

    monkeypatch.setattr(guard, "_resolve", resolve)
    return looked_up


def test_a_name_that_resolves_to_loopback(tmp_path, monkeypatch):
    resolving(monkeypatch, ("127.0.0.1",))
    with listening(packed(PICTURE, "identity")) as port:
        found = ask(tmp_path, f"http://rebind.example:{port.number}/x.png")
        assert found.answer.outcome == "refused"
        assert port.connections == 0


def test_a_name_that_resolves_to_loopback_at_the_second_look(tmp_path, monkeypatch):
    """What is judged is what is connected to: no look-up stands between the two."""
    import socket

    looked_up = resolving(monkeypatch, ("8.8.8.8",), ("127.0.0.1",))
    real = socket.socket.connect
    tried = []

    def connect(self, where):
        tried.append(where[0])
        if where[0] == "8.8.8.8":
            raise ConnectionRefusedError
        return real(self, where)

    monkeypatch.setattr(socket.socket, "connect", connect)
    with listening(packed(PICTURE, "identity")) as port:
        for _ in range(3):
            found = ask(tmp_path, f"http://rebind.example:{port.number}/x.png")
            assert found.answer.outcome in {"refused", "failed"}
        assert port.connections == 0
    assert looked_up
    assert set(tried) == {"8.8.8.8"}


def test_proxies_of_the_environment_are_not_used(tmp_path, monkeypatch):
    with listening(packed(PICTURE, "identity")) as proxy:
        # It reads the environment once a process.
        monkeypatch.setattr(urllib.request, "_opener", None)
        monkeypatch.setenv("http_proxy", f"http://127.0.0.1:{proxy.number}")
        monkeypatch.setenv("HTTP_PROXY", f"http://127.0.0.1:{proxy.number}")
        ask(tmp_path, "http://10.0.0.1/x.png")
        assert proxy.connections == 0
