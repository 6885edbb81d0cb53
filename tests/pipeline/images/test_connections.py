"""Connections that are kept: used again, given up when the server did, never waited for without an end."""

import socket
import time

import pytest

from pipeline.images import connections
from pipeline.images.connections import Connections
from tests.pipeline.network.hostile import endless_continue, listening

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"


def answering(*answers):
    """Send the answers one after the other, each when a request came; the first request was read."""

    def speak(connection: socket.socket) -> None:
        for number, answer in enumerate(answers):
            if number:
                connection.recv(65_536)
            connection.sendall(answer)
        connection.recv(1)

    return speak


def read(asked: Connections, number: int, path: str = "/x") -> bytes:
    with asked.answer(f"http://127.0.0.1:{number}{path}") as response:
        return response.read1(100)


@pytest.fixture(name="asked")
def connections_of_a_second():
    asked = Connections("Looseleaf/1", 1.0)
    yield asked
    asked.close()


def test_a_connection_is_used_again(asked):
    with listening(answering(OK, OK, OK)) as port:
        assert [read(asked, port.number) for _ in range(3)] == [b"ok"] * 3
        assert port.connections == 1


def test_servers_do_not_share_connections(asked):
    with listening(answering(OK, OK)) as one, listening(answering(OK, OK)) as two:
        for port in (one, two, one, two):
            assert read(asked, port.number) == b"ok"
        assert (one.connections, two.connections) == (1, 1)


@pytest.mark.parametrize(
    "first",
    [
        OK.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n"),
        OK.replace(b"1.1", b"1.0"),
        b"HTTP/1.1 200 OK\r\nContent-Length: 99999\r\n\r\nok",
        OK + b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nlies" * 5000,
    ],
    ids=["says that it closes", "HTTP/1.0", "not read to its end", "says more than it was asked"],
)
def test_a_connection_that_is_not_clean_is_not_used_again(asked, first):
    with listening(answering(first, OK)) as port:
        assert read(asked, port.number) == b"ok"
        time.sleep(0.1)
        with asked.answer(f"http://127.0.0.1:{port.number}/y") as response:
            response.read1(100)
        assert port.connections == 2


def test_a_server_that_closed_meanwhile_is_asked_on_a_new_connection(asked):
    with listening(lambda connection: connection.sendall(OK)) as port:
        assert read(asked, port.number) == b"ok"
        time.sleep(0.1)
        assert read(asked, port.number) == b"ok"
        assert port.connections == 2


def test_a_server_that_closes_at_the_second_request_is_asked_once_more(asked):
    def speak(connection):
        connection.sendall(OK)
        connection.recv(65_536)

    with listening(speak) as port:
        assert read(asked, port.number) == b"ok"
        assert read(asked, port.number) == b"ok"
        assert port.connections == 2


def test_a_kept_connection_has_an_end_too(asked):
    def speak(connection):
        connection.sendall(OK)
        connection.recv(65_536)
        endless_continue(connection)

    with listening(speak) as port:
        assert read(asked, port.number) == b"ok"
        began = time.monotonic()
        with pytest.raises(OSError, match=r"."):
            read(asked, port.number)
        assert time.monotonic() - began < 4
        assert port.connections == 1, "what lasted that long is not asked for again"


def test_only_so_many_are_kept(asked, monkeypatch):
    monkeypatch.setattr(connections, "_MOST_IDLE", 1)
    with listening(answering(OK, OK)) as one, listening(answering(OK, OK)) as two:
        for port in (one, two, one):
            assert read(asked, port.number) == b"ok"
        assert (one.connections, two.connections) == (2, 1)
