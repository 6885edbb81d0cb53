"""Runs the bench: data, trainings in two processes, and the table."""

from __future__ import annotations

import contextlib
import json
import multiprocessing
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from pathlib import Path
from typing import Any

from flows.bench.comparison import Seeds, best_baseline, compared
from flows.bench.data import MADE_OF, STEPS, shards_of
from flows.bench.methods import Method
from flows.bench.training import Job, length_rows, result_of
from storage.filesystem import write_bytes_atomic
from storage.shards import read_index
from training.evaluation.row import over_seeds, without_nan
from training.evaluation.units import over_seeds_told

_PROCESSES = 2
Progress = Callable[[int, int], None]


def run_bench(
    folder: Path,
    data: Sequence[str],
    methods: Sequence[Method],
    *,
    seeds: int = 5,
    steps: int | None = None,
    called: str = "bench",
    against: str | None = None,
    prepared: Mapping[str, str] | None = None,
    progress: Progress | None = None,
) -> dict[str, Any]:
    """Train and measure every method on every data; what was measured before is not trained again.

    Args:
        folder: of data and results; the table is written there.
        data: names; C and D need `flows.calling.ready_for_flows` around the call.
        methods: rows of the table.
        seeds: trainings of each method.
        steps: of each training; None takes those that suit each data.
        called: the name of the table's file, without its `.json`.
        against: the method that gains are measured against; None takes the best baseline.
        prepared: by data the dataset, built and mined, that is taken in place of one made here.
        progress: called with the trainings done, and of how many.

    Returns:
        `{"data": {name: {"shards", "best_baseline": {part: row}, "metrics": {row: figures}, "left_out"}},
        "seeds", "steps", "seconds"}`. `left_out` names the methods that read tokens which the shards lack. A
        row is `method/part`; it holds the mean over seeds of each number, its
        `..._spread`, its `group`, what `comparison.compared` says, and under `slices` the numbers of each
        source. `seconds` are of making each data (none where it was there), and of all trainings that were
        not kept.

    Raises:
        LooseleafError: if data cannot be had, or a training fails.
    """
    told = prepared or {}
    shards: dict[str, str] = {}
    data_seconds: dict[str, float] = {}
    for name in data:
        began = time.perf_counter()
        shards[name] = shards_of(name, folder / "data", told.get(MADE_OF.get(name, name)))
        data_seconds[name] = round(time.perf_counter() - began, 3)
    left_out = {name: _without_tokens(shards[name], methods) for name in data}
    jobs = [
        Job(name, shards[name], method, seed, steps or STEPS[name])
        for name in data
        for method in (None, *(method for method in methods if method.name not in left_out[name]))
        for seed in range(seeds)
    ]
    began = time.perf_counter()
    results = _results(jobs, str(folder / "results"), progress or (lambda _done, _all: None))
    seconds = {"data": data_seconds, "trainings": round(time.perf_counter() - began, 3)}
    table = {
        name: {**_table(name, shards[name], jobs, results, against), "left_out": left_out[name]}
        for name in data
    }
    taken = {name: steps or STEPS[name] for name in data}
    whole = {"data": table, "seeds": seeds, "steps": taken, "seconds": seconds}
    write_bytes_atomic(str(folder / f"{called}.json"), (json.dumps(whole, indent=1) + "\n").encode())
    return whole


def _without_tokens(shards: str, methods: Sequence[Method]) -> list[str]:
    held = read_index(shards).spec.tokens
    return [
        method.name
        for method in methods
        if not {*method.encoders.tokens.of_images, *method.encoders.tokens.of_texts} <= set(held)
    ]


def _results(jobs: Sequence[Job], folder: str, progress: Progress) -> dict[Job, dict[str, Any]]:
    found: dict[Job, dict[str, Any]] = {}
    with _pool() as pool:
        waiting = {pool.submit(result_of, job, folder): job for job in jobs}
        for done in as_completed(waiting):
            found[waiting[done]] = done.result()
            progress(len(found), len(jobs))
    return found


@contextlib.contextmanager
def _pool() -> Iterator[ProcessPoolExecutor]:
    # Programs of their own, not forks: a fork of a process with threads may never go on.
    pool = ProcessPoolExecutor(_PROCESSES, mp_context=multiprocessing.get_context("spawn"))
    try:
        yield pool
    finally:
        pool.shutdown(cancel_futures=True)


def _table(
    name: str, shards: str, jobs: Sequence[Job], results: dict[Job, dict[str, Any]], against: str | None
) -> dict[str, Any]:
    of_row: dict[str, list[dict[str, Any]]] = {}
    named: dict[str, tuple[Method | None, str]] = {}
    for job in (job for job in jobs if job.data == name):
        for part, row in results[job].items():
            of_row.setdefault(f"{job.name}/{part}", []).append(row)
            named[f"{job.name}/{part}"] = job.method, part
    seeds = {row: Seeds(*named[row], [one["whole"] for one in rows]) for row, rows in of_row.items()}
    worth = {row: without_nan(figures) for row, figures in compared(seeds, against).items()}
    metrics = {
        row: {
            "group": _group(method, part),
            **_joined(of_row[row]),
            **worth.get(row, {}),
        }
        for row, (method, part) in named.items()
    }
    length = length_rows(shards)
    metrics["section_length"] = {
        "group": "untrained",
        **_joined([{"whole": length.whole, "slices": length.slices}]),
    }
    best = {
        part: best_baseline(seeds, part, against)
        for part in dict.fromkeys(part for _, part in named.values())
    }
    return {"shards": shards, "best_baseline": best, "metrics": metrics}


def _group(method: Method | None, part: str) -> str:
    # Weights of parts that were learned from the layout saw the order, whatever the method did.
    return "order-aware" if part == "all_layout" else method.group if method else "untrained"


def _joined(of_seeds: Sequence[dict[str, Any]]) -> dict[str, Any]:
    whole: dict[str, Any] = dict(without_nan(over_seeds([row["whole"] for row in of_seeds])))
    if "parts" in of_seeds[0]:
        whole["parts"] = over_seeds_told([row["parts"] for row in of_seeds])
    whole["slices"] = {
        name: without_nan(over_seeds([row["slices"][name] for row in of_seeds]))
        for name in of_seeds[0]["slices"]
    }
    return whole
