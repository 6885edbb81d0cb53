"""Images per second from one server on loopback: the stage `fetch` beside bare img2dataset.

The peer is img2dataset's own `Downloader` with its own way of asking, the same threads, one shard, no
processes to start; it writes Parquet, as the stage does. The stage plans, asks for robots.txt and
reservations, keeps to the limits of the host (as many at once as there are threads), judges addresses,
hashes, and writes the ledger. The two take turns, and the best of each counts.
"""

from __future__ import annotations

import math
import multiprocessing
import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
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
_TURNS = 3


def run() -> dict[str, float | str]:
    """Return images per second of both, and their ratio."""
    with tempfile.TemporaryDirectory(prefix="looseleaf-fetch-benchmark-") as scratch, _server() as port:
        urls = [f"http://127.0.0.1:{port}/{number}.png" for number in range(IMAGES)]
        ours, bare = [], []
        _bare(Path(scratch) / "warm", urls[:50])
        for turn in range(_TURNS):
            bare.append(_bare(Path(scratch) / f"bare-{turn}", urls))
            ours.append(_ours(Path(scratch) / f"ours-{turn}", urls, port))
    return {
        "images": f"{IMAGES} of {_BYTES} bytes, {THREADS} threads",
        "images a second": IMAGES / min(ours),
        "images a second, bare img2dataset": IMAGES / min(bare),
        "ratio to bare img2dataset": min(bare) / min(ours),
    }


def _ours(folder: Path, urls: list[str], port: int) -> float:
    recipe = recipe_from_dict(
        {
            "name": "fetch",
            "sources": [{"kind": "files", "name": "files", "root": str(folder)}],
            "network": {"allow_private": [f"127.0.0.1:{port}"], "concurrency": THREADS},
        }
    )
    context = Context(str(folder), recipe, "fetch")
    run_stage(_extracted(urls), context, execute_here, _quiet)
    began = time.perf_counter()
    run_stage(FETCH, context, execute_here, _quiet)
    seconds = time.perf_counter() - began
    outcomes = [row["outcome"] for row in read(str(folder), "image_fetches").to_pylist()]
    assert outcomes == ["ok"] * len(urls)
    shutil.rmtree(folder)
    return seconds


def _bare(folder: Path, urls: list[str]) -> float:
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
        str(folder), ["url"], 20, len(urls), math.ceil(math.log10(2)), None, None, "png", 0, None, None,
    )  # fmt: skip
    began = time.perf_counter()
    downloader.download_shard((0, str(shard)))
    return time.perf_counter() - began


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
def _server() -> Iterator[int]:
    """Serve random bytes from a process of its own."""
    context = multiprocessing.get_context("spawn")
    receive, send = context.Pipe()
    process = context.Process(target=_serve, args=(send,), daemon=True)
    process.start()
    try:
        yield receive.recv()
    finally:
        process.terminate()
        process.join()


def _serve(ready: Any) -> None:
    body = b"\x89PNG\r\n\x1a\n" + np.random.default_rng(0).bytes(_BYTES - 8)

    class Handler(BaseHTTPRequestHandler):
        # As servers speak; whoever wants a connection for each image says so.
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def do_GET(self) -> None:
            found = self.path.endswith(".png")
            data = body + self.path.encode() if found else b""
            head = f"HTTP/1.1 {'200 OK' if found else '404 Not Found'}\r\nContent-Length: {len(data)}\r\n\r\n"
            self.wfile.write(head.encode() + data)

        def log_message(self, *args: object) -> None:
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    ready.send(server.server_port)
    server.serve_forever()
