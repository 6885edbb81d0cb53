"""Which runs were trained on a dataset: noted within it when they begin, because they live elsewhere."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from datetime import UTC, datetime

from storage.filesystem import exists, join, list_sizes, read_bytes, write_bytes_atomic
from storage.tags import read_tags

_FOLDER = "runs"
_SHARDS = "shards"


@dataclass(frozen=True)
class KnownRun:
    """A run, by what its dataset knows of it."""

    run: str  # path or URL
    shards: str  # within the dataset
    noted_at: datetime | None  # with a time zone; None for a run that a tag alone names
    is_there: bool | None  # None where that cannot be told: its place is not reachable from here


def note_run(dataset: str, run: str, shards: str) -> None:
    """Write down that `run` is trained on the shards at `shards`, a URL; again is no harm."""
    name = hashlib.sha256(run.encode()).hexdigest()[:16]
    note = {"run": run, "shards": _within(shards), "noted_at": datetime.now(UTC).isoformat()}
    write_bytes_atomic(join(dataset, _FOLDER, f"{name}.json"), json.dumps(note).encode())


def known_runs(dataset: str) -> list[KnownRun]:
    """Return the runs that were noted or that a tag names, in the order of their places."""
    folder = join(dataset, _FOLDER)
    found: dict[str, KnownRun] = {}
    for name in list_sizes(folder):
        if name.endswith(".json"):
            note = json.loads(read_bytes(join(folder, name)))
            noted_at = datetime.fromisoformat(note["noted_at"])
            found[note["run"]] = KnownRun(note["run"], note["shards"], noted_at, _is_there(note["run"]))
    for tag in read_tags(dataset).values():
        if tag.kind == "run" and tag.target not in found:
            shards = _shards_of(tag.target)
            found[tag.target] = KnownRun(tag.target, shards, None, _is_there(tag.target))
    return [found[run] for run in sorted(found)]


def _within(shards: str) -> str:
    """Return the place of shards within their dataset, which may have moved."""
    return join(_SHARDS, shards.rstrip("/").rsplit("/", 1)[-1])


def _shards_of(run: str) -> str:
    url = join(run, "run.json")
    return _within(str(json.loads(read_bytes(url))["shards"])) if exists(url) else ""


def _is_there(run: str) -> bool | None:
    if exists(join(run, "run.json")):
        return True
    # A folder of another machine looks like one that was deleted, but so does the folder around it.
    return False if exists(run.rstrip("/").rpartition("/")[0]) else None
