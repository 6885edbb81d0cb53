"""Extraction on two processors to one, and its memory at a tenth of the documents and at all of them."""

from __future__ import annotations

import tempfile
import time
from pathlib import Path
from typing import Any

import ray

from pipeline.extract.stage import EXTRACT
from pipeline.recipe import Recipe, recipe_from_dict
from pipeline.runner import StageReport, execute_on_ray, run_stage
from pipeline.stage import Context
from tests.corpora import debian_tree

_PACKAGES = ("opencv-doc", "gimp-help-en", "grass-doc", "libocct-doc", "python-ezdxf-doc")
_MIB = 1 << 20


def run() -> dict[str, float | str]:
    """Return how many times faster two processors are, and the growth of the peak memory of one worker."""
    with tempfile.TemporaryDirectory(prefix="looseleaf-parallel-") as scratch:
        folder = Path(scratch)
        _extract(
            folder / "first", _recipe("libocct-doc"), processors=1
        )  # corpora and code come into the cache
        few = _extract(folder / "few", _recipe("grass-doc"), processors=1)
        one = _extract(folder / "one", _recipe(*_PACKAGES), processors=1)
        two = _extract(folder / "two", _recipe(*_PACKAGES), processors=2)
    return {
        "documents": f"{few.rows['documents']} and {one.rows['documents']}",
        "one processor, seconds": one.seconds,
        "two processors, seconds": two.seconds,
        "two processors to one": one.seconds / two.seconds,
        "peak at a few, MiB": few.peak_memory / _MIB,
        "peak at all, MiB": one.peak_memory / _MIB,
        "peak at all to a few": one.peak_memory / few.peak_memory,
    }


def _recipe(*packages: str) -> Recipe:
    sources: list[dict[str, Any]] = [
        {"kind": "files", "name": package, "root": str(debian_tree(package)), "include": ["**/*.html"]}
        for package in packages
    ]
    return recipe_from_dict({"name": "parallel", "sources": sources})


def _extract(dataset: Path, recipe: Recipe, processors: int) -> StageReport:
    """Extract on a Ray head of so many processors, whose workers have started before the clock does."""
    ray.init(num_cpus=processors, include_dashboard=False, log_to_driver=False, logging_level="ERROR")
    try:
        ray.get([_wake.remote() for _ in range(processors)])
        context = Context(str(dataset), recipe, "parallel")
        return run_stage(EXTRACT, context, execute_on_ray, lambda done, total: None)
    finally:
        ray.shutdown()


@ray.remote(num_cpus=1)
def _wake() -> None:
    import pipeline.extract.stage  # noqa: F401 (the import is what takes the time)

    time.sleep(0.5)  # so that the other one gets a worker of its own
