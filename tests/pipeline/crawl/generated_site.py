"""Generated pages on several loopback hosts, served by a process of its own that logs what it was asked.

`python -m tests.pipeline.crawl.generated_site HOSTS PAGES LOG` prints its port, then appends a line to LOG
for each request: arrival (seconds), host, path, status, bytes sent, bytes received.
"""

import asyncio
import hashlib
import random
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

#: Characters of filler on each page, different on each, so that nothing is saved by compression.
_FILLER = 20_000


@dataclass(frozen=True)
class Asked:
    at: float
    host: str
    path: str
    status: int
    sent: int
    received: int


def hosts(count):
    return [f"127.0.0.{number + 1}" for number in range(count)]


def page_paths(pages, count):
    """Return (host, path) of every page: page i lies on host i modulo the number of hosts."""
    return [(hosts(count)[number % count], f"/p/{number}.html") for number in range(pages)]


def body_of(number, pages, count, port):
    """Return a page: it links to its children in a tree of pages, to one at random, and to itself."""
    where = page_paths(pages, count)
    children = [child for child in range(3 * number + 1, 3 * number + 4) if child < pages]
    chance = random.Random(number)
    targets = [*children, chance.randrange(pages), number]
    links = "".join(f'<a href="http://{where[to][0]}:{port}{where[to][1]}#x">{to}</a> ' for to in targets)
    filler = chance.randbytes(_FILLER // 2).hex()
    return f"<html><title>{number}</title><p>page {number}</p>{links}<p>{filler}</p></html>".encode()


async def _serve(count, pages, log):
    servers = []
    port = 0

    async def answer(reader, writer):
        host = writer.get_extra_info("sockname")[0]
        while True:
            try:
                head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
            except (asyncio.IncompleteReadError, ConnectionError):
                writer.close()
                return
            at = time.time()
            path = head.split(" ", 2)[1]
            status, body = 404, b"nothing"
            name = path.removeprefix("/p/").removesuffix(".html")
            if (
                path.startswith("/p/")
                and name.isdigit()
                and page_paths(pages, count)[int(name)] == (host, path)
            ):
                status, body = 200, body_of(int(name), pages, count, port)
            etag = f'"{hashlib.sha256(body).hexdigest()[:16]}"'
            if f"if-none-match: {etag}" in head.lower():
                status, body = 304, b""
            reply = f"HTTP/1.1 {status} X\r\nContent-Type: text/html\r\nETag: {etag}\r\n"
            if status != 304:
                reply += f"Content-Length: {len(body)}\r\n"
            sent = reply.encode() + b"\r\n" + body
            log.write(f"{at:.6f} {host} {path} {status} {len(sent)} {len(head)}\n")
            log.flush()
            writer.write(sent)
            try:
                await writer.drain()
            except ConnectionError:
                return

    for host in hosts(count):
        server = await asyncio.start_server(answer, host, port, backlog=100)
        port = server.sockets[0].getsockname()[1]
        servers.append(server)
    sys.stdout.write(f"{port}\n")
    sys.stdout.flush()
    await asyncio.gather(*(server.serve_forever() for server in servers))


class GeneratedSite:
    """The site as a context; `asked` reads its log."""

    def __init__(self, count, pages, log):
        self._arguments = [str(count), str(pages), str(log)]
        self.count = count
        self.pages = pages
        self.log = Path(log)

    def __enter__(self):
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.pipeline.crawl.generated_site", *self._arguments],
            stdout=subprocess.PIPE,
        )
        self.port = int(self._process.stdout.readline())
        return self

    def __exit__(self, *_):
        self._process.kill()
        self._process.wait()
        self._process.stdout.close()

    def url(self, path):
        return f"http://127.0.0.1:{self.port}{path}"

    def urls(self):
        return {f"http://{host}:{self.port}{path}" for host, path in page_paths(self.pages, self.count)}

    @property
    def allowed(self):
        return [f"{host}:{self.port}" for host in hosts(self.count)]

    def count_asked(self):
        return self.log.read_bytes().count(b"\n") if self.log.exists() else 0

    def asked(self):
        rows = []
        for line in self.log.read_text().splitlines():
            at, host, path, status, sent, received = line.split(" ")
            rows.append(Asked(float(at), host, path, int(status), int(sent), int(received)))
        return rows


if __name__ == "__main__":
    with open(sys.argv[3], "a") as file:
        asyncio.run(_serve(int(sys.argv[1]), int(sys.argv[2]), file))
