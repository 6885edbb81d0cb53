"""Carries out a stage: plans its chunks, processes those not done yet, commits its tables.

A chunk's files and then its manifest are written atomically, under names that are a hash of what went in. So
a run that is killed at any moment and started again does only what is missing, and ends with the same tables.

Where one item of a chunk is new or has changed, the chunk is new, but the rows of its other items are taken
over from the chunks of the build before: no item is processed twice.
"""

from __future__ import annotations

import json
import os
import resource
import time
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import islice
from pathlib import Path
from typing import Any

import pyarrow as pa

from pipeline.identity import chunk_key, code_version
from pipeline.items import Kept, assemble, find_kept, item_keys, rows_of_items
from pipeline.stage import Chunk, Context, Stage
from storage.errors import LooseleafError
from storage.filesystem import join, list_sizes
from storage.manifests import (
    ItemRows,
    Manifest,
    finished_keys,
    read_latest,
    read_manifest,
    write_latest,
    write_manifest,
)
from storage.parts import Part
from storage.staging import is_staging, publish_staging, write_staging
from storage.store_errors import in_one_sentence
from storage.tables import commit, names_digest, write_part

_KIBIBYTE = 1024
_TRIES = 3
#: Chunks that a cluster is told of ahead: enough to fill it, and few enough to keep in memory.
_AHEAD = 1000


@dataclass(frozen=True)
class Work:
    """A chunk, the key that names its output, those of its items, and what is there already of these."""

    key: str
    chunk: Chunk
    items: tuple[str, ...] = ()
    kept: Mapping[str, Kept] = field(default_factory=dict)  # by an item's key


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

    `processed` counts what was read or computed now, by unit (documents, images), and `kept` what was there
    from before; a stage that looks at everything together counts neither. `account` is what the stage itself
    has to say of it, `files` a digest of the names that it committed, by table: whoever pins the tables sees
    by it whether another run came in between.
    """

    stage: str
    seconds: float
    chunks: int
    skipped: int
    rows: Mapping[str, int]
    peak_memory: int
    processed: Mapping[str, int] = field(default_factory=dict)
    kept: Mapping[str, int] = field(default_factory=dict)
    account: Mapping[str, Any] = field(default_factory=dict)
    files: Mapping[str, str] = field(default_factory=dict)


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
    memory: dict[int, int] = {}
    for _ in range(_TRIES):
        brought = _process_missing(stage, context, execute, progress, memory)
        parts, units, processed = brought.parts, brought.units, brought.processed
        rows, files = _commit(stage, context, [part for key in sorted(parts) for part in parts[key]])
        if not _lost(stage, context, parts):
            break
    else:
        raise LooseleafError(
            f"Stage {stage.name} lost files of {context.dataset} again and again, because a vacuum with a "
            "short --older-than takes them while they are made: let it end, then run again."
        )
    write_latest(context.dataset, stage.name, sorted(parts))
    memory[os.getpid()] = _peak_memory()
    return StageReport(
        stage=stage.name,
        seconds=time.monotonic() - started,
        chunks=len(parts),
        skipped=brought.skipped,
        rows=rows,
        peak_memory=sum(memory.values()),
        processed={unit: processed[unit] for unit in sorted(units)},
        kept={unit: units[unit] - processed[unit] for unit in sorted(units)},
        account=stage.account(context) if stage.account is not None else {},
        files=files,
    )


@dataclass(frozen=True)
class _Brought:
    """The parts of all chunks by key, how many of these were done before, and their items by unit."""

    parts: dict[str, tuple[Part, ...]]
    skipped: int
    units: Counter[str]
    processed: Counter[str]


def _process_missing(
    stage: Stage, context: Context, execute: Executor, progress: Progress, memory: dict[int, int]
) -> _Brought:
    """Process what is not done yet."""
    parts: dict[str, tuple[Part, ...]] = {}
    waiting: list[Work] = []
    units: Counter[str] = Counter()
    finished = finished_keys(context.dataset, stage.name)
    sizes = _SizesOnDisk(context.dataset)
    for work in _plan(stage, context):
        units.update(item.unit for item in work.chunk.items)
        known = _whole(stage, context, work.key, sizes) if work.key in finished else None
        if known is not None:
            parts[work.key] = known.parts
        else:
            waiting.append(work)
    skipped, total = len(parts), len(parts) + len(waiting)
    latest = read_latest(context.dataset, stage.name)
    waiting = _with_kept(stage, context, waiting, finished.intersection(latest) - parts.keys(), sizes)
    processed = Counter(
        item.unit
        for work in waiting
        for item, key in zip(work.chunk.items, work.items, strict=True)
        if key not in work.kept
    )
    progress(skipped, total)
    for done in execute(stage, context, waiting) if waiting else ():
        if done.error is not None:
            raise LooseleafError(done.error)
        parts[done.key] = done.parts
        memory[done.pid] = max(done.peak_memory, memory.get(done.pid, 0))
        progress(len(parts), total)
    return _Brought(parts, skipped, units, processed)


def _lost(stage: Stage, context: Context, parts: Mapping[str, tuple[Part, ...]]) -> bool:
    """Say whether a file of what was just committed has gone, or its manifest, which a vacuum takes first.

    A vacuum that looked before the commit saw files of an earlier build that nobody needed.
    """
    if not parts.keys() <= finished_keys(context.dataset, stage.name):
        return True
    sizes = _SizesOnDisk(context.dataset)
    return not all(sizes.has(part) for of_chunk in parts.values() for part in of_chunk)


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
        with in_one_sentence(context.dataset):
            parts = _process_chunk(stage, context, work)
    except LooseleafError as error:
        sentence = f"Stage {stage.name} failed at chunk {work.key} ({_short(work.chunk)}): {error}"
        return Done(work.key, (), os.getpid(), _peak_memory(), sentence)
    return Done(work.key, parts, os.getpid(), _peak_memory())


def _process_chunk(stage: Stage, context: Context, work: Work) -> tuple[Part, ...]:
    output, items = _rows_of(stage, context, work)
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
    write_manifest(context.dataset, stage.name, work.key, Manifest(tuple(parts), items))
    return tuple(parts)


def _rows_of(
    stage: Stage, context: Context, work: Work
) -> tuple[Mapping[str, pa.Table], tuple[ItemRows, ...] | None]:
    """Return the rows of a chunk, by table, and whose they are; rows that are there are only copied."""
    if not work.chunk.items:
        return stage.process(context, work.chunk), None
    fresh = [number for number, key in enumerate(work.items) if key not in work.kept]
    chunk = replace(work.chunk, items=[work.chunk.items[number] for number in fresh])
    made = rows_of_items(stage.process(context, chunk), len(fresh)) if fresh else {}
    try:
        return assemble(context.dataset, work.chunk.items, work.items, made, work.kept)
    except FileNotFoundError:
        # Something took the old files away meanwhile: then all is made anew.
        return _rows_of(stage, context, replace(work, kept={}))


def _plan(stage: Stage, context: Context) -> Iterator[Work]:
    settings = stage.settings(context.recipe)
    code = code_version()
    seen: set[str] = set()
    for chunk in stage.plan(context):
        items = item_keys(stage.name, code, settings, chunk)
        inputs = {"inputs": chunk.inputs, "items": items} if items else chunk.inputs
        key = chunk_key(stage.name, code, settings, inputs)
        # Equal inputs give equal rows, and one file holds them.
        if key not in seen:
            seen.add(key)
            yield Work(key, chunk, items)


def _with_kept(
    stage: Stage, context: Context, waiting: Sequence[Work], keys: Collection[str], sizes: _SizesOnDisk
) -> list[Work]:
    """Say of each chunk which of its items' rows stand in chunks `keys`: of the last run, and not of this."""
    wanted = {key for work in waiting for key in work.items}
    if not wanted:
        return list(waiting)
    manifests = (_whole(stage, context, key, sizes) for key in sorted(keys))
    kept = find_kept((manifest for manifest in manifests if manifest is not None), wanted)
    return [replace(work, kept={key: kept[key] for key in work.items if key in kept}) for work in waiting]


def _commit(stage: Stage, context: Context, parts: Sequence[Part]) -> tuple[dict[str, int], dict[str, str]]:
    publish_staging(context.dataset, stage.name, [part for part in parts if is_staging(part.table)])
    for table in stage.tables:
        own = [part for part in parts if part.table == table]
        commit(context.dataset, table, stage.name, own, app_id=f"{context.build_id}/{stage.name}")
    rows = Counter(dict.fromkeys(stage.tables, 0))
    for part in parts:
        rows[part.table] += part.rows
    names = {table: [part.path for part in parts if part.table == table] for table in stage.tables}
    return dict(rows), {table: names_digest(names[table]) for table in stage.tables}


def _whole(stage: Stage, context: Context, key: str, sizes: _SizesOnDisk) -> Manifest | None:
    """Return the manifest of a chunk whose files are all there in full; a vacuum may just take it."""
    try:
        manifest = read_manifest(context.dataset, stage.name, key)
    except FileNotFoundError:
        return None
    return manifest if all(sizes.has(part) for part in manifest.parts) else None


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
    items = {"items": [item.inputs for item in chunk.items]} if chunk.items else {}
    text = json.dumps({**chunk.inputs, **items}, ensure_ascii=False, default=dict)
    return text if len(text) <= 120 else text[:119] + "…"
