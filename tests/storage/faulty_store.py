"""An object store that has bad days: a proxy in front of a stand-in for S3, on loopback.

Of its requests a share fails, always the same ones for the same seed and number: with 500 or 503 before they
reach the store, with 500 after they were done (the answer is lost), or with an answer that comes late.
"""

from __future__ import annotations

import http.client
import json
import random
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import boto3
from moto.server import ThreadedMotoServer

from tests.storage.s3_environment import s3_environment

BUCKET = "bucket"
KINDS = ("500", "503", "lost", "slow")
_CONTROL = "/_faults"
_SLOW = 0.3  # seconds
#: Headers that are between two neighbours.
_OWN_HEADERS = {"connection", "expect", "transfer-encoding", "content-length"}
_ANSWERS = {
    "500": (500, "InternalError", "We encountered an internal error. Please try again."),
    "503": (503, "SlowDown", "Please reduce your request rate."),
    "lost": (500, "InternalError", "We encountered an internal error. Please try again."),
}


@dataclass
class _State:
    """What the proxy does and did: `share` of requests fail; `asked` and `faults` are counted by kind."""

    share: float = 0.0
    kinds: tuple[str, ...] = KINDS
    seed: int = 0
    asked: Counter[str] = field(default_factory=Counter)
    faults: Counter[str] = field(default_factory=Counter)
    in_flight: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def begin(self, method: str) -> str | None:
        """Count a request and return what befalls it."""
        with self._lock:
            draw = random.Random(f"{self.seed}/{sum(self.asked.values())}")
            fault = draw.choice(self.kinds) if draw.random() < self.share else None
            self.in_flight += 1
            self.asked[method] += 1
            if fault is not None:
                self.faults[fault] += 1
            return fault

    def end(self) -> None:
        """Say that a request was answered."""
        with self._lock:
            self.in_flight -= 1


@dataclass(frozen=True)
class FaultyStore:
    """The proxy, in a process of its own: clients that wait within this one must not stop it."""

    port: int

    def fail(self, share: float, kinds: tuple[str, ...] = KINDS, seed: int = 0) -> None:
        """From now on let a share of requests fail; what was counted is forgotten."""
        self._ask("PUT", json.dumps({"share": share, "kinds": kinds, "seed": seed}))

    def counted(self) -> Counted:
        """Return what was asked, what failed, and how many requests are not answered yet."""
        return Counted(**json.loads(self._ask("GET", "")))

    def _ask(self, method: str, body: str) -> bytes:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        try:
            connection.request(method, _CONTROL, body)
            return connection.getresponse().read()
        finally:
            connection.close()


@dataclass(frozen=True)
class Counted:
    """Requests since the last call of `fail`, by method, and faults by kind."""

    asked: dict[str, int]
    faults: dict[str, int]
    in_flight: int


def _handler(store: _State, upstream: tuple[str, int]) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def _answer(self) -> None:
            body = self._body()
            if self.path == _CONTROL:
                self._control(body)
                return
            fault = store.begin(self.command)
            try:
                if fault == "slow":
                    time.sleep(_SLOW)
                if fault in {"500", "503"}:
                    self._fail(fault)
                    return
                connection = http.client.HTTPConnection(*upstream, timeout=60)
                try:
                    connection.putrequest(self.command, self.path, skip_host=True, skip_accept_encoding=True)
                    for name, value in self.headers.items():
                        if name.lower() not in {
                            "connection",
                            "expect",
                            "transfer-encoding",
                            "content-length",
                        }:
                            connection.putheader(name, value)
                    connection.putheader("Content-Length", str(len(body)))
                    connection.putheader("Connection", "close")
                    connection.endheaders(body)
                    answer = connection.getresponse()
                    data = answer.read()
                finally:
                    connection.close()
                if fault == "lost":
                    self._fail(fault)
                    return
                self._give(answer.status, answer.getheaders(), data)
            finally:
                store.end()

        def __getattr__(self, name: str) -> Callable[[], None]:
            # do_GET and the others: all go the same way.
            if name.startswith("do_"):
                return self._answer
            raise AttributeError(name)

        def _control(self, body: bytes) -> None:
            if self.command == "PUT":
                values = json.loads(body)
                store.share, store.kinds = values["share"], tuple(values["kinds"])
                store.seed, store.asked, store.faults = values["seed"], Counter(), Counter()
            counted = {"asked": store.asked, "faults": store.faults, "in_flight": store.in_flight}
            self._give(200, [("Content-Type", "application/json")], json.dumps(counted).encode())

        def _body(self) -> bytes:
            if self.headers.get("Transfer-Encoding", "").lower() != "chunked":
                return self.rfile.read(int(self.headers.get("Content-Length") or 0))
            pieces = []
            while size := int(self.rfile.readline().split(b";")[0], 16):
                pieces.append(self.rfile.read(size))
                self.rfile.readline()
            self.rfile.readline()
            return b"".join(pieces)

        def _fail(self, fault: str) -> None:
            status, code, message = _ANSWERS[fault]
            text = f"<?xml version='1.0'?><Error><Code>{code}</Code><Message>{message}</Message></Error>"
            self._give(status, [("Content-Type", "application/xml")], text.encode())

        def _give(self, status: int, headers: list[tuple[str, str]], data: bytes) -> None:
            self.send_response_only(status)
            length = str(len(data))
            for name, value in headers:
                if name.lower() == "content-length":
                    length = value  # of what HEAD does not give
                elif name.lower() not in {"connection", "transfer-encoding"}:
                    self.send_header(name, value)
            self.send_header("Content-Length", length)
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(data)

        def log_message(self, *args: object) -> None:
            """Say nothing."""

    return Handler


@contextmanager
def faulty_store() -> Iterator[FaultyStore]:
    """Give an empty bucket behind a proxy that lets nothing fail yet; the environment names it as S3."""
    # Its output is the port; it ends with its input.
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.storage.faulty_store"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,  # a line for each request
    )
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        store = FaultyStore(int(process.stdout.readline()))
        with s3_environment(f"http://127.0.0.1:{store.port}"):
            boto3.client("s3").create_bucket(Bucket=BUCKET)
            yield store
    finally:
        process.stdin.close()
        process.wait(timeout=30)
        process.stdout.close()


def _serve() -> None:
    moto = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    moto.start()
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(_State(), moto.get_host_and_port()))
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.1}, daemon=True).start()
    print(server.server_port, flush=True)
    sys.stdin.read()
    server.shutdown()
    moto.stop()


if __name__ == "__main__":
    _serve()
