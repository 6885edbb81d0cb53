import socket
import threading

import pytest

from pipeline.network import guard
from pipeline.network.guard import AddressGuard, AddressRefusedError, guarded, is_public


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "127.255.255.254",
        "10.1.2.3",
        "172.16.0.1",
        "192.168.1.1",
        "169.254.169.254",
        "100.64.0.1",
        "0.0.0.0",
        "224.0.0.1",
        "239.1.1.1",
        "240.0.0.1",
        "255.255.255.255",
        "192.0.2.1",
        "198.18.0.1",
        "::",
        "::1",
        "::7f00:1",
        "::ffff:127.0.0.1",
        "::ffff:10.0.0.1",
        "2002:7f00:1::",
        "2002:a00:1::",
        "64:ff9b::7f00:1",
        "64:ff9b::a9fe:a9fe",
        "64:ff9b:1::7f00:1",
        "2001:0:4136:e378:8000:63bf:3fff:fdd2",
        "fd00::1",
        "fe80::1",
        "fe80::1%eth0",
        "fec0::1",
        "ff02::1",
        "2001:db8::1",
    ],
)
def test_addresses_that_are_not_of_the_open_internet(address):
    assert not is_public(address)


@pytest.mark.parametrize(
    "address", ["8.8.8.8", "1.1.1.1", "2606:4700::1111", "::ffff:8.8.8.8", "64:ff9b::808:808"]
)
def test_addresses_of_the_open_internet(address):
    assert is_public(address)


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1",
        "127.1",
        "2130706433",
        "0x7f000001",
        "0177.0.0.1",
        "0x7f.1",
        "localhost",
        "::1",
        "0",
        "::ffff:127.0.0.1",
    ],
)
def test_each_spelling_of_loopback_is_refused(host):
    with guarded(AddressGuard.allowing([])), pytest.raises(AddressRefusedError, match="private address"):
        socket.getaddrinfo(host, 8000)


def test_only_the_listed_port_is_allowed():
    with guarded(AddressGuard.allowing(["127.0.0.1:8000", "LOCALHOST:9000", "[::1]:7000"])):
        assert socket.getaddrinfo("127.0.0.1", 8000)
        assert socket.getaddrinfo("2130706433", 8000)
        assert socket.getaddrinfo("localhost", 9000)
        assert socket.getaddrinfo("::1", 7000)
        for host, port in [("127.0.0.1", 8001), ("127.0.0.1", 9000), ("127.0.0.2", 8000), ("::1", 8000)]:
            with pytest.raises(AddressRefusedError):
                socket.getaddrinfo(host, port)


def test_a_name_with_one_private_address_gives_only_the_others(monkeypatch):
    def mixed(host, port, *args, **kwargs):
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (ip, port)) for ip in ("8.8.8.8", "10.0.0.1")]

    monkeypatch.setattr(guard, "_resolve", mixed)
    with guarded(AddressGuard.allowing([])):
        assert [entry[4][0] for entry in socket.getaddrinfo("rebind.example", 80)] == ["8.8.8.8"]


def test_other_threads_and_later_calls_are_left_alone():
    seen = []
    with guarded(AddressGuard.allowing([])):
        other = threading.Thread(target=lambda: seen.append(socket.getaddrinfo("127.0.0.1", 80)))
        other.start()
        other.join()
    assert seen
    assert seen[0]
    assert socket.getaddrinfo("127.0.0.1", 80)
