"""The explorer and `looseleaf query` at 100,000 documents and 150,000 images.

The dataset is a small one of real documents, multiplied (see `multiply`). Ten users at once open the first
page with all that a browser asks for, narrow the list and count the facets, and search by words that no other
user gave. The server is a process of its own, warm. Its own memory is watched; beside it the pages of mapped
files that are resident, which the system takes back when it needs them.

`LOOSELEAF_BENCHMARK_DATASET` names a mined dataset to multiply, `LOOSELEAF_BENCHMARK_DOCUMENTS` and
`LOOSELEAF_BENCHMARK_IMAGES` other sizes, `LOOSELEAF_BENCHMARK_PLACE` a folder in which all of it stays.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from statistics import median
from typing import Any

import httpx
import numpy as np
import psutil

from flows.explorer.apart import run_apart
from flows.explorer.searcher import Searcher
from flows.explorer.sight import open_sight
from flows.explorer.snapshot import build_of, take_snapshot
from flows.searching.vectors import rows_of, stored_batches
from storage.filesystem import exists
from tests.benchmarks.multiply import multiply
from tests.explored import build_explored, serve_explored

DOCUMENTS = int(os.environ.get("LOOSELEAF_BENCHMARK_DOCUMENTS", "100000"))
IMAGES = int(os.environ.get("LOOSELEAF_BENCHMARK_IMAGES", "150000"))
USERS = 10
_TURNS = 12
_QUERIES = 60
_COMMANDS = 5
#: Of few and long documents 100,000 would have ten times as many texts as a crawl of that size.
_REPORTS = 400
_TOP = 10
_FACES = 12
_WORDS = (
    *(
        "stress",
        "hole",
        "mesh",
        "beam",
        "heat",
        "wall",
        "layer",
        "curve",
        "surface",
        "schematic",
        "pin",
        "net",
    ),
    *("boolean", "fillet", "load", "edge", "solver", "symbol", "footprint", "plate", "corner", "frequency"),
)


def run() -> dict[str, float | str]:
    """Return medians in milliseconds, the recall of vector search, and the server's memory."""
    place = os.environ.get("LOOSELEAF_BENCHMARK_PLACE")
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(place or scratch)
        os.environ["XDG_CACHE_HOME"] = str(folder / "cache")
        dataset = _dataset(folder)
        began = time.monotonic()
        searcher = _prepared(dataset)
        prepared = time.monotonic() - began
        return {
            "documents and images": _sizes(dataset),
            "preparing once, seconds": prepared,
            "query by group, from the shell, median s": _query_seconds(dataset),
            **_vector_search(dataset, searcher),
            **_served(dataset),
        }


def _dataset(folder: Path) -> str:
    dataset = str(folder / "many")
    if not exists(dataset):
        base = os.environ.get("LOOSELEAF_BENCHMARK_DATASET") or build_explored(
            folder / "base", pages=2, reports=_REPORTS
        )
        multiply(base, dataset, DOCUMENTS, IMAGES)
    return dataset


def _prepared(dataset: str) -> Searcher:
    """Make all that a server makes beside its first answers: a warm one has it."""
    sight = open_sight(take_snapshot(dataset), {})
    searcher = Searcher(sight)
    searcher.warm()
    if not sight.mapped:
        run_apart("flows.explorer.map_drawing", [dataset, build_of(sight.snapshot)])
    return searcher


def _sizes(dataset: str) -> str:
    sight = open_sight(take_snapshot(dataset), {})
    counted = sight.ask(
        "select (select count(*) from catalogue.documents) as d, (select count(*) from catalogue.images) as i"
    )[0]
    return f"{counted['d']:,} and {counted['i']:,}"


def _query_seconds(dataset: str) -> float:
    """Return how long the command takes that counts all elements by group, its start and end included."""
    command = [sys.executable, "-m", "flows.cli.main", "query"]
    asked = [*command, dataset, "select kind, count(*) as n from elements group by kind order by n desc"]
    times = []
    for _ in range(_COMMANDS):
        began = time.monotonic()
        subprocess.run(asked, check=True, stdout=subprocess.DEVNULL)
        times.append(time.monotonic() - began)
    return median(times)


def _vector_search(dataset: str, searcher: Searcher) -> dict[str, float | str]:
    """Ask for the neighbours of some pictures, and compare with all vectors."""
    version = take_snapshot(dataset).tables["embeddings"]
    draw = np.random.default_rng(1)
    queries: list[np.ndarray[Any, Any]] = []
    for _, vectors in rows_of(stored_batches(dataset, version), "pixels"):
        if draw.random() < 0.2 or not queries:
            queries.append(vectors[int(draw.integers(len(vectors)))])
    asked = np.stack([queries[int(i)] for i in draw.integers(len(queries), size=_QUERIES)])
    asked += (
        0.1
        * np.linalg.norm(asked, axis=1, keepdims=True)
        / asked.shape[1] ** 0.5
        * draw.standard_normal(asked.shape)
    )
    asked = (asked / np.linalg.norm(asked, axis=1, keepdims=True)).astype(np.float32)
    best: list[list[tuple[float, str]]] = [[] for _ in asked]
    total = 0
    for rows, vectors in rows_of(stored_batches(dataset, version), "pixels"):
        total += len(rows)
        scores = asked @ (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).T
        for number, own in enumerate(scores):
            top = np.argpartition(-own, min(_TOP, len(own) - 1))[:_TOP]
            best[number] = sorted(
                [*best[number], *((float(own[at]), rows[at]["image_id"]) for at in top)], reverse=True
            )[:_TOP]
    seconds, right = [], 0
    for vector, exact in zip(asked, best, strict=True):
        began = time.monotonic()
        hits = searcher.nearest("pixels", vector, _TOP)
        seconds.append(time.monotonic() - began)
        right += len({hit["image_id"] for hit in hits} & {image_id for _, image_id in exact})
    return {
        "images with a vector": f"{total:,}",
        "vector search, median ms": 1000 * median(seconds),
        "vector search, recall at 10": right / (_TOP * len(asked)),
    }


def _served(dataset: str) -> dict[str, float | str]:
    server, address = serve_explored(dataset)
    watch = _Watch(server.pid)
    try:
        with httpx.Client(base_url=address, timeout=60) as client:
            sources = [value["value"] for value in client.get("/api/facets").json()["source"]]
            client.get("/api/search?words=warm").raise_for_status()
        tasks: dict[str, Callable[[httpx.Client, np.random.Generator], None]] = {
            "first page": lambda client, draw: _first_page(client),
            "filter": lambda client, draw: _filter(client, draw, sources),
            "search": _search,
        }
        found: dict[str, float | str] = {}
        for name, task in tasks.items():
            times = _by_ten(address, task)
            found[f"{name}, median ms"] = 1000 * median(times)
            found[f"{name}, slowest of twenty, ms"] = 1000 * float(np.quantile(times, 0.95))
        found["server's own memory, GiB"] = watch.own / 2**30
        found["with mapped files, GiB"] = watch.resident / 2**30
        return found
    finally:
        watch.stop()
        server.send_signal(signal.SIGINT)
        server.wait(timeout=30)


def _by_ten(address: str, task: Callable[[httpx.Client, np.random.Generator], None]) -> list[float]:
    """Let ten users do something again and again, and return how long each time took."""

    def user(number: int) -> list[float]:
        draw = np.random.default_rng(number)
        times = []
        with httpx.Client(base_url=address, timeout=60) as client:
            for _ in range(_TURNS):
                began = time.monotonic()
                task(client, draw)
                times.append(time.monotonic() - began)
        return times

    with ThreadPoolExecutor(USERS) as pool:
        return [seconds for times in pool.map(user, range(USERS)) for seconds in times]


def _first_page(client: httpx.Client) -> None:
    for path in ("/", "/assets/explorer.js", "/assets/style.css", "/api/overview", "/api/facets"):
        client.get(path).raise_for_status()
    rows = client.get("/api/documents?sort=images&descending=true").json()["rows"]
    faces = [face for row in rows for face in row["faces"]][:_FACES]
    for face in faces:
        client.get(f"/api/images/{face}?side=96").raise_for_status()


def _filter(client: httpx.Client, draw: np.random.Generator, sources: list[str]) -> None:
    word = _WORDS[int(draw.integers(len(_WORDS)))]
    narrowed = f"source={sources[int(draw.integers(len(sources)))]}&min_words={int(draw.integers(400))}"
    if draw.random() < 0.5:
        narrowed += f"&text={word}"
    client.get(f"/api/documents?{narrowed}&sort=words&descending=true").raise_for_status()
    client.get(f"/api/facets?{narrowed}").raise_for_status()


def _search(client: httpx.Client, draw: np.random.Generator) -> None:
    words = " ".join(_WORDS[int(at)] for at in draw.integers(len(_WORDS), size=4))
    found = client.get("/api/search", params={"words": words, "limit": 24})
    found.raise_for_status()


class _Watch:
    """Remembers the most memory, in bytes, that a process and its children had together.

    Attributes:
        own: what no file can give back.
        resident: all of it.
    """

    def __init__(self, pid: int) -> None:
        self.own = self.resident = 0
        self._process = psutil.Process(pid)
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._look, daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Look no more."""
        self._ended.set()
        self._thread.join()

    def _look(self) -> None:
        while not self._ended.wait(0.1):
            try:
                family = [self._process, *self._process.children(recursive=True)]
                said = [one.memory_info() for one in family]
                self.resident = max(self.resident, sum(one.rss for one in said))
                self.own = max(self.own, sum(one.rss - one.shared for one in said))
            except psutil.NoSuchProcess:
                return
