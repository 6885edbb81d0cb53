"""Writes the whole set of reports over several processes."""

from __future__ import annotations

import json
import multiprocessing
import os
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from flows.demo.simulation.cases import Run, runs
from flows.demo.simulation.report import write_report

_DONE = "done.json"
#: Raise it when the same seed gives other reports.
_VERSION = 1
_THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")


@dataclass(frozen=True)
class Generated:
    """What was written."""

    folder: Path
    reports: int
    images: int


def generate(
    folder: Path,
    reports: int = 300,
    seed: int = 0,
    processes: int | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> Generated:
    """Write simulation reports as folders of Markdown and PNG, each with its true links beside it.

    The same seed and number give the same files. A folder that was finished with the same seed and number
    is left as it is; anything else in it is replaced.

    Args:
        folder: where; one folder a report, `<family>/run-<n>`.
        reports: how many.
        seed: of everything.
        processes: how many at once; None takes the processors of the machine.
        progress: called with the number of finished reports and of all.
    """
    wanted = {"version": _VERSION, "reports": reports, "seed": seed}
    done = folder / _DONE
    if done.is_file():
        had = json.loads(done.read_text())
        if {key: had.get(key) for key in wanted} == wanted:
            return Generated(folder, reports, had["images"])
    if folder.exists():
        shutil.rmtree(folder)
    folder.mkdir(parents=True)
    jobs = [(run, folder / run.family / f"run-{run.index + 1}", seed) for run in runs(reports, seed)]
    images = 0
    for n, count in enumerate(_each(jobs, processes or os.cpu_count() or 1), 1):
        images += count
        if progress:
            progress(n, reports)
    done.write_text(json.dumps({**wanted, "images": images}))
    return Generated(folder, reports, images)


def _each(jobs: list[tuple[Run, Path, int]], processes: int) -> Iterator[int]:
    """Write every job's report and give its number of pictures, in any order."""
    if processes == 1:
        yield from map(_write, jobs)
        return
    for name in _THREADS:  # one thread for each process: the systems are small
        os.environ.setdefault(name, "1")
    with multiprocessing.get_context("spawn").Pool(processes) as pool:
        yield from pool.imap_unordered(_write, jobs, chunksize=5)


def _write(job: tuple[Run, Path, int]) -> int:
    return write_report(*job)
