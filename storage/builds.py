"""Builds: a dataset's versions, each of which pins the version of every table."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pyarrow as pa

from storage import tables
from storage.errors import LooseleafError
from storage.schemas import table_of

#: What mining adds, and what people say of it; a build pins them only when it was mined.
MINED_TABLES = ("embeddings", "negatives", "marks")

_TABLE = "builds"
#: What a clock can tell apart.
_TICK = timedelta(microseconds=1)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Build:
    """A build: what it was made from, what it pins, and how long its stages took."""

    build_id: str
    parent: str | None
    stage: str  # build or mine: what was added to the parent
    created_at: datetime  # with a time zone
    recipe: str  # JSON
    code_version: str
    tables: Mapping[str, int] = field(default_factory=dict)  # table -> version
    counts: Mapping[str, int] = field(default_factory=dict)  # table -> rows
    stages: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    flow_run: str | None = None
    rolled_back_to: str | None = None  # the build whose state this one brought back


def record_build(dataset: str, build: Build) -> bool:
    """Write `build` into the table `builds`; say whether there was anything to write.

    A build that is the latest, or that the latest one was mined from, is not written again. A build that was
    made earlier and overtaken by another recipe takes its new place: one row a build, the latest one last.
    """
    latest = latest_build(dataset)
    if latest is not None and build.build_id in _stands_on(dataset, latest):
        return False
    if latest is not None and build.created_at <= latest.created_at:
        # The clock of this machine runs behind that of the one before.
        build = replace(build, created_at=latest.created_at + _TICK)
    # The prefix holds the id, so that the commit replaces this build's row alone.
    prefix = f"build-{build.build_id}"
    name = f"{prefix}-{int(build.created_at.timestamp() * 1e6):x}"
    row: dict[str, object] = {
        "build_id": build.build_id,
        "parent": build.parent,
        "stage": build.stage,
        "created_at": build.created_at,
        "recipe": build.recipe,
        "code_version": build.code_version,
        "tables": json.dumps(dict(build.tables), sort_keys=True),
        "counts": json.dumps(dict(build.counts), sort_keys=True),
        "stages": json.dumps(dict(build.stages), sort_keys=True),
        "flow_run": build.flow_run,
        "rolled_back_to": build.rolled_back_to,
    }
    part = tables.write_part(dataset, _TABLE, name, table_of(_TABLE, [row]))
    tables.commit(dataset, _TABLE, prefix, [part], app_id=f"{build.build_id}/build")
    return True


def list_builds(dataset: str) -> list[Build]:
    """Return every build of a dataset, oldest first."""
    builds = [build for batch in tables.batches(dataset, _TABLE) for build in _from_batch(batch)]
    return sorted(builds, key=lambda build: (build.created_at, build.build_id))


def latest_build(dataset: str) -> Build | None:
    """Return the newest build of a dataset, or None if none has ended yet."""
    builds = list_builds(dataset)
    return builds[-1] if builds else None


def get_build(dataset: str, build_id: str) -> Build:
    """Return the build of that id.

    Raises:
        LooseleafError: if the dataset has no such build.
    """
    builds = list_builds(dataset)
    for build in builds:
        if build.build_id == build_id:
            return build
    known = ", ".join(build.build_id for build in builds) or "none yet"
    raise LooseleafError(f"Dataset {dataset} has no build {build_id!r}: choose one of its builds ({known}).")


def shards_of(build: Build) -> str | None:
    """Return where the shards of a build are, within the dataset; None if it was not mined."""
    packed = build.stages.get("pack")
    return str(packed["shards"]) if packed is not None else None


def recount(dataset: str, rows: pa.Table) -> pa.Table:
    """Return rows of the table `builds` with the counts that the pinned versions have now."""
    counts = [
        json.dumps(
            {name: tables.count(dataset, name, version) for name, version in json.loads(pinned).items()},
            sort_keys=True,
        )
        for pinned in rows["tables"].to_pylist()
    ]
    place = rows.schema.get_field_index("counts")
    return rows.set_column(place, "counts", pa.array(counts, pa.string()))


def _stands_on(dataset: str, build: Build) -> set[str]:
    """Return the ids of `build`, of what it was mined from and rolled back to: they are one state."""
    by_id = {known.build_id: known for known in list_builds(dataset)}
    ids: set[str] = set()
    step: Build | None = build
    while step is not None and step.build_id not in ids:
        ids.add(step.build_id)
        if step.rolled_back_to is not None:
            ids.add(step.rolled_back_to)
        step = by_id.get(step.parent) if step.stage == "mine" and step.parent is not None else None
    return ids


def _from_batch(batch: pa.RecordBatch) -> list[Build]:
    # Of times, pyarrow makes Python's only after it has imported pandas, for which a short query would wait.
    place = batch.schema.get_field_index("created_at")
    times = batch.column(place).view(pa.int64()).to_pylist()
    rows = batch.remove_column(place).to_pylist()
    return [
        _from_row({**row, "created_at": _EPOCH + timedelta(microseconds=time)})
        for row, time in zip(rows, times, strict=True)
    ]


def _from_row(row: dict[str, Any]) -> Build:
    decoded = {name: json.loads(row[name]) for name in ("tables", "counts", "stages")}
    return Build(**{**row, **decoded})
