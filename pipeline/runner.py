"""Carries out a stage: plans its chunks, processes those not done yet, commits its tables.

A chunk's files and then its manifest are written atomically, under names that are a hash of what went in. So
a run that is killed at any moment and started again does only what is missing, and ends with the same tables.
"""

from __future__ import annotations

import json
import os
import resource
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any

from pipeline.identity import chunk_key, code_version
from pipeline.stage import Chunk, Context, Stage
from storage.errors import LooseleafError
from storage.filesystem import join, list_sizes, read_bytes, write_bytes_atomic
from storage.parts import Part
from storage.staging import is_staging, publish_staging, write_staging
from storage.tables import commit, write_part

_KIBIBYTE = 1024
#: Chunks that a cluster is told of ahead: enough to fill it, and few enough to keep in memory.
_AHEAD = 1000


@dataclass(frozen=True)
class Work:
    """A chunk and the key that names its output."""

    key: str
    chunk: Chunk


@dataclass(frozen=True)
class Done:
    """What a worker reports of one chunk; `error` is the sentence of an expected failure."""

    key: str
    parts: tuple[Part, ...]
    pid: int
    peak_memory: int  # bytes
    error: str | None = None


@dataclass(frozen=True)
class StageReport:
    """What a stage did: `rows` counts what it committed or staged, by table; `peak_memory` is in bytes.

    `account` is what the stage itself has to say of it.
    """

    stage: str
    seconds: float
    chunks: int
    skipped: int
    rows: Mapping[str, int]
    peak_memory: int
    account: Mapping[str, Any] = field(default_factory=dict)


Executor = Callable[[Stage, Context, Sequence[Work]], Iterator[Done]]
Progress = Callable[[int, int | None], None]


def run_stage(stage: Stage, context: Context, execute: Executor, progress: Progress) -> StageReport:
    """Bring the stage's tables up to date with its plan.

    Args:
        stage: what to do.
        context: the dataset, the recipe and the build.
        execute: `execute_here` or `execute_on_ray`.
        progress: called with the number of chunks done and, once the plan is known, of all chunks.

    Raises:
        LooseleafError: if a chunk fails in an expected way; the sentence names it. Finished chunks stay.
    """
    started = time.monotonic()
    parts: dict[str, tuple[Part, ...]] = {}
    waiting: list[Work] = []
    finished = _finished_keys(stage, context)
    sizes = _SizesOnDisk(context.dataset)
    for work in _plan(stage, context):
        known = _read_manifest(stage, context, work.key) if work.key in finished else None
        if known is not None and all(sizes.has(part) for part in known):
            parts[work.key] = known
        else:
            waiting.append(work)
    skipped, total = len(parts), len(parts) + len(waiting)
    progress(skipped, total)
    memory: dict[int, int] = {}
    for done in execute(stage, context, waiting) if waiting else ():
        if done.error is not None:
            raise LooseleafError(done.error)
        parts[done.key] = done.parts
        memory[done.pid] = max(done.peak_memory, memory.get(done.pid, 0))
        progress(len(parts), total)
    rows = _commit(stage, context, [part for key in sorted(parts) for part in parts[key]])
    memory[os.getpid()] = _peak_memory()
    return StageReport(
        stage=stage.name,
        seconds=time.monotonic() - started,
        chunks=total,
        skipped=skipped,
        rows=rows,
        peak_memory=sum(memory.values()),
        account=stage.account(context) if stage.account is not None else {},
    )


def execute_here(stage: Stage, context: Context, works: Sequence[Work]) -> Iterator[Done]:
    """Process chunks one after the other in this process."""
    for work in works:
        yield process_chunk(stage, context, work)


def execute_on_ray(stage: Stage, context: Context, works: Sequence[Work]) -> Iterator[Done]:
    """Process chunks as Ray tasks, one a chunk; reports come as tasks end, in no fixed order.

    Rows go from a worker to the dataset, so nothing but reports comes back, and Ray Data would have no rows
    to stream: its scheduling left the workers waiting for a fifth of the time.
    """
    import ray  # noqa: PLC0415 (heavy, and a stage can run without it)

    # More than any node has could never be placed; where none has any, an autoscaler adds some that do.
    most = max(node["Resources"].get("CPU", 0) for node in ray.nodes() if node["Alive"])
    task = ray.remote(process_chunk).options(num_cpus=min(stage.cpus, most) or stage.cpus)
    shared = ray.put(stage), ray.put(context)
    rest = iter(works)
    running = [task.remote(*shared, work) for work in islice(rest, _AHEAD)]
    try:
        while running:
            (done,), running = ray.wait(running)
            running.extend(task.remote(*shared, work) for work in islice(rest, 1))
            yield ray.get(done)
    finally:
        for left in running:
            ray.cancel(left)


def process_chunk(stage: Stage, context: Context, work: Work) -> Done:
    """Process one chunk, write its files and then its manifest. Runs on a worker."""
    try:
        output = stage.process(context, work.chunk)
    except LooseleafError as error:
        sentence = f"Stage {stage.name} failed at chunk {work.key} ({_short(work.chunk)}): {error}"
        return Done(work.key, (), os.getpid(), _peak_memory(), sentence)
    name = f"{stage.name}-{work.key}"
    parts = []
    for table, rows in output.items():
        if not is_staging(table) and table not in stage.tables:
            raise ValueError(f"stage {stage.name} gave rows for {table}, which is not among its tables")
        if rows.num_rows == 0:
            continue
        if is_staging(table):
            parts.append(write_staging(context.dataset, table.removeprefix("staging/"), name, rows))
        else:
            parts.append(write_part(context.dataset, table, name, rows))
    manifest = json.dumps([asdict(part) for part in parts]).encode()
    write_bytes_atomic(join(_manifests(stage, context), f"{work.key}.json"), manifest)
    return Done(work.key, tuple(parts), os.getpid(), _peak_memory())


def _plan(stage: Stage, context: Context) -> Iterator[Work]:
    settings = stage.settings(context.recipe)
    code = code_version()
    seen: set[str] = set()
    for chunk in stage.plan(context):
        key = chunk_key(stage.name, code, settings, chunk.inputs)
        # Equal inputs give equal rows, and one file holds them.
        if key not in seen:
            seen.add(key)
            yield Work(key, chunk)


def _commit(stage: Stage, context: Context, parts: Sequence[Part]) -> dict[str, int]:
    publish_staging(context.dataset, stage.name, [part for part in parts if is_staging(part.table)])
    for table in stage.tables:
        own = [part for part in parts if part.table == table]
        commit(context.dataset, table, stage.name, own, app_id=f"{context.build_id}/{stage.name}")
    rows = Counter(dict.fromkeys(stage.tables, 0))
    for part in parts:
        rows[part.table] += part.rows
    return dict(rows)


def _manifests(stage: Stage, context: Context) -> str:
    return join(context.dataset, "staging", stage.name)


def _finished_keys(stage: Stage, context: Context) -> set[str]:
    return {
        name.removesuffix(".json")
        for name in list_sizes(_manifests(stage, context))
        if name.endswith(".json")
    }


def _read_manifest(stage: Stage, context: Context, key: str) -> tuple[Part, ...]:
    manifest = json.loads(read_bytes(join(_manifests(stage, context), f"{key}.json")))
    return tuple(Part(**part) for part in manifest)


class _SizesOnDisk:
    """Tells whether a part is still there in full: a vacuum or a crash of the machine may have taken it."""

    def __init__(self, dataset: str) -> None:
        self._dataset = dataset
        self._sizes: dict[str, dict[str, int]] = {}

    def has(self, part: Part) -> bool:
        if part.table not in self._sizes:
            self._sizes[part.table] = list_sizes(join(self._dataset, part.table))
        return self._sizes[part.table].get(part.path) == part.bytes


def _peak_memory() -> int:
    """Return the most memory that this process has had, in bytes."""
    status = Path("/proc/self/status")
    if status.exists():
        # What getrusage tells of a child process begins with the memory of its parent.
        peak = next(line for line in status.read_text().splitlines() if line.startswith("VmHWM:"))
        return int(peak.split()[1]) * _KIBIBYTE
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * _KIBIBYTE


def _short(chunk: Chunk) -> str:
    text = json.dumps(dict(chunk.inputs), ensure_ascii=False)
    return text if len(text) <= 120 else text[:119] + "…"
