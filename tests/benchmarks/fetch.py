"""Images per second from one server on loopback: the stage `fetch` beside bare img2dataset.

The peer is img2dataset's own `Downloader` with its own way of asking, the same threads, one shard, no
processes to start; it writes Parquet and hashes the bytes (its default), as the stage does. The stage plans,
asks for robots.txt and reservations, keeps to the limits of the host (as many at once as there are threads),
judges addresses, and writes the ledger. Both are warmed up, then take turns, and the medians count: of the
time that passed, and of this process's processor time, which others on the machine disturb less.

The server speaks HTTP/1.1 and keeps connections open for those who want that: the stage does, the peer asks
it to close each. A second server closes each connection by itself, so that neither can keep any.
"""

from __future__ import annotations

import math
import multiprocessing
import os
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
import pyarrow as pa

from pipeline.images.fetch import FETCH
from pipeline.recipe import recipe_from_dict
from pipeline.runner import execute_here, run_stage
from pipeline.stage import Chunk, Context, Stage
from storage.schemas import table_of
from storage.tables import read

IMAGES = int(os.environ.get("LOOSELEAF_BENCHMARK_IMAGES", "1500"))
THREADS = 4
_BYTES = 30_000
_TURNS = 5


@dataclass(frozen=True)
class _Taken:
    """Seconds that a run took, and seconds of processors."""

    wall: float
    processor: float


def run() -> dict[str, float | str]:
    """Return images per second of both, and their ratios."""
    ours, bare = _measured(keep_open=True)
    ours_closed, bare_closed = _measured(keep_open=False)
    return {
        "images": f"{IMAGES} of {_BYTES} bytes, {THREADS} threads, {_TURNS} turns",
        "images a second": IMAGES / ours.wall,
        "images a second, bare img2dataset": IMAGES / bare.wall,
        "ratio to bare img2dataset": bare.wall / ours.wall,
        "ratio of processor time": bare.processor / ours.processor,
        "ratio where the server closes": bare_closed.wall / ours_closed.wall,
        "ratio of processor time, server closes": bare_closed.processor / ours_closed.processor,
    }


def _measured(*, keep_open: bool) -> tuple[_Taken, _Taken]:
    """Return the medians of the stage and of the peer."""
    with (
        tempfile.TemporaryDirectory(prefix="looseleaf-fetch-benchmark-") as scratch,
        _server(keep_open) as port,
    ):
        folder = Path(scratch)
        urls = [f"http://127.0.0.1:{port}/{number}.png" for number in range(IMAGES)]
        _bare(folder / "bare-warm", urls[:50])
        _ours(folder / "ours-warm", urls[:50], port)
        bare, ours = [], []
        for turn in range(_TURNS):
            bare.append(_bare(folder / f"bare-{turn}", urls))
            ours.append(_ours(folder / f"ours-{turn}", urls, port))
    return _median(ours), _median(bare)


def _median(taken: list[_Taken]) -> _Taken:
    return _Taken(median(one.wall for one in taken), median(one.processor for one in taken))


def _timed(work: Callable[[], object]) -> _Taken:
    wall, processor = time.perf_counter(), time.process_time()
    work()
    return _Taken(time.perf_counter() - wall, time.process_time() - processor)


def _ours(folder: Path, urls: list[str], port: int) -> _Taken:
    recipe = recipe_from_dict(
        {
            "name": "fetch",
            "sources": [{"kind": "files", "name": "files", "root": str(folder)}],
            "network": {"allow_private": [f"127.0.0.1:{port}"], "concurrency": THREADS},
        }
    )
    context = Context(str(folder), recipe, "fetch")
    run_stage(_extracted(urls), context, execute_here, _quiet)
    taken = _timed(lambda: run_stage(FETCH, context, execute_here, _quiet))
    outcomes = [row["outcome"] for row in read(str(folder), "image_fetches").to_pylist()]
    assert outcomes == ["ok"] * len(urls)
    shutil.rmtree(folder)
    return taken


def _bare(folder: Path, urls: list[str]) -> _Taken:
    os.environ.setdefault("NO_ALBUMENTATIONS_UPDATE", "1")
    from img2dataset.downloader import Downloader
    from img2dataset.resizer import Resizer
    from img2dataset.writer import ParquetSampleWriter

    folder.mkdir()
    shard = folder / "urls.arrow"
    table = pa.table({"url": urls})
    with pa.OSFile(str(shard), "wb") as file, pa.ipc.new_file(file, table.schema) as writer:
        writer.write_table(table)
    downloader = Downloader(
        ParquetSampleWriter, Resizer(256, "no", False, disable_all_reencoding=True), THREADS, False, False,
        str(folder), ["url"], 20, len(urls), math.ceil(math.log10(2)), "sha256", None, "png", 0, None, None,
    )  # fmt: skip
    return _timed(lambda: downloader.download_shard((0, str(shard))))


def _extracted(urls: list[str]) -> Stage:
    def plan(context: Context) -> Iterator[Chunk]:
        yield Chunk({"urls": len(urls)})

    def process(context: Context, chunk: Chunk) -> dict[str, pa.Table]:
        rows: list[dict[str, object]] = [
            {
                "doc_id": "d",
                "position": position,
                "kind": "image",
                "image_url": url,
                "image_candidates": [url],
            }
            for position, url in enumerate(urls)
        ]
        return {"staging/read_elements": table_of("elements", rows)}

    return Stage("extract", (), plan, process, lambda recipe: {})


def _quiet(done: int, total: int | None) -> None:
    return


@contextmanager
def _server(keep_open: bool) -> Iterator[int]:
    """Serve random bytes from a process of its own."""
    context = multiprocessing.get_context("spawn")
    receive, send = context.Pipe()
    process = context.Process(target=_serve, args=(send, keep_open), daemon=True)
    process.start()
    try:
        yield receive.recv()
    finally:
        process.terminate()
        process.join()


def _serve(ready: Any, keep_open: bool) -> None:
    body = b"\x89PNG\r\n\x1a\n" + np.random.default_rng(0).bytes(_BYTES - 8)

    class Handler(BaseHTTPRequestHandler):
        # As servers speak: whoever wants a connection for each image says so.
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def do_GET(self) -> None:
            found = self.path.endswith(".png")
            data = body + self.path.encode() if found else b""
            status = "200 OK" if found else "404 Not Found"
            end = "" if keep_open else "Connection: close\r\n"
            self.wfile.write(f"HTTP/1.1 {status}\r\nContent-Length: {len(data)}\r\n{end}\r\n".encode() + data)
            self.close_connection = self.close_connection or not keep_open

        def log_message(self, *args: object) -> None:
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    ready.send(server.server_port)
    server.serve_forever()
