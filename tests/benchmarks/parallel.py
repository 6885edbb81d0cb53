"""Extraction on two processors to one, and its memory at a tenth of the documents and at all of them.

The tenth is every tenth page of each manual and its largest one, since a page's own size is no matter of how
many there are. One processor is one for all that runs, the reader's own child processes and the driver
included. What two plain processes reach on the machine at the time stands beside it.
"""

from __future__ import annotations

import os
import shutil
import tempfile
import time
from collections.abc import Iterator, Mapping
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager, suppress
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import ray

from flows.bench.corpora import debian_tree
from pipeline.extract.stage import EXTRACT
from pipeline.recipe import Recipe, recipe_from_dict
from pipeline.runner import StageReport, execute_on_ray, run_stage
from pipeline.stage import Context

_PACKAGES = ("opencv-doc", "gimp-help-en", "grass-doc", "libocct-doc", "python-ezdxf-doc")
_MIB = 1 << 20
_ROUNDS = 20_000_000


def run() -> dict[str, float | str]:
    """Return how many times faster two processors are, and the growth of the peak memory of one worker."""
    with tempfile.TemporaryDirectory(prefix="looseleaf-parallel-") as scratch:
        folder = Path(scratch)
        trees = {package: debian_tree(package) for package in _PACKAGES}
        tenth = {package: _tenth(tree, folder / "tenth" / package) for package, tree in trees.items()}
        _extract(folder / "first", _recipe(tenth), processors=1)  # pages and code come into the cache
        few = _extract(folder / "few", _recipe(tenth), processors=1)
        one = _extract(folder / "one", _recipe(trees), processors=1)
        two = _extract(folder / "two", _recipe(trees), processors=2)
    alone, together = _plain(1), _plain(2)
    return {
        "documents": f"{few.rows['documents']} and {one.rows['documents']}",
        "one processor, seconds": one.seconds,
        "two processors, seconds": two.seconds,
        "two processors to one": one.seconds / two.seconds,
        "two plain processes to one": 2 * alone / together,
        "peak at a few, MiB": few.peak_memory / _MIB,
        "peak at all, MiB": one.peak_memory / _MIB,
        "peak at all to a few": one.peak_memory / few.peak_memory,
    }


def _tenth(tree: Path, folder: Path) -> Path:
    """Copy every tenth page of a manual, in the order of their paths, and its largest one into `folder`."""
    pages = sorted(tree.rglob("*.html"))
    for page in {*pages[::10], max(pages, key=lambda page: page.stat().st_size)}:
        place = folder / page.relative_to(tree)
        place.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(page, place)
    return folder


def _recipe(trees: Mapping[str, Path]) -> Recipe:
    sources: list[dict[str, Any]] = [
        {"kind": "files", "name": package, "root": str(tree), "include": ["**/*.html"]}
        for package, tree in trees.items()
    ]
    return recipe_from_dict({"name": "parallel", "sources": sources})


def _extract(dataset: Path, recipe: Recipe, processors: int) -> StageReport:
    """Extract on a Ray head of so many processors, whose workers have started before the clock does."""
    with _only(processors):
        ray.init(num_cpus=processors, include_dashboard=False, log_to_driver=False, logging_level="ERROR")
        try:
            ray.get([_wake.remote() for _ in range(processors)])
            context = Context(str(dataset), recipe, "parallel")
            return run_stage(EXTRACT, context, execute_on_ray, lambda done, total: None)
        finally:
            ray.shutdown()


@contextmanager
def _only(processors: int) -> Iterator[None]:
    """Keep this process, and all that it starts, on so many of the machine's processors."""
    allowed = os.sched_getaffinity(0)
    threads = [int(name) for name in os.listdir("/proc/self/task")]
    _pin(threads, set(sorted(allowed)[:processors]))
    try:
        yield
    finally:
        _pin(threads, allowed)


def _pin(threads: list[int], processors: set[int]) -> None:
    for thread in threads:
        with suppress(ProcessLookupError):
            os.sched_setaffinity(thread, processors)


def _plain(processes: int) -> float:
    """Return the seconds in which so many processes count, each as far as the other."""
    with ProcessPoolExecutor(processes, mp_context=get_context("spawn")) as pool:
        list(pool.map(_count, [1] * processes))
        began = time.perf_counter()
        list(pool.map(_count, [_ROUNDS] * processes))
        return time.perf_counter() - began


def _count(rounds: int) -> int:
    return sum(number % 7 for number in range(rounds))


@ray.remote(num_cpus=1)
def _wake() -> None:
    import pipeline.extract.stage  # noqa: F401 (the import is what takes the time)

    time.sleep(0.5)  # so that the other one gets a worker of its own
