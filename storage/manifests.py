"""What a stage wrote for each chunk: its files, and which rows of them are whose.

A chunk's manifest lies at `staging/<stage>/<key>.json` and is written last: with it, the chunk is done. Its
items are the pieces of the chunk (documents, images) whose rows lie together, so that a later build can take
them over although their neighbours changed.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field

from storage.filesystem import exists, join, list_sizes, read_bytes, write_bytes_atomic
from storage.parts import Part

_STAGING = "staging"
_LATEST = "_latest.json"


@dataclass(frozen=True)
class ItemRows:
    """An item of a chunk and its rows.

    Attributes:
        name: what it is called: a document's id, an image's.
        key: a hash of all that shapes its rows: equal keys have equal rows, in whatever file.
        told: what the stage tells later ones of it, by name: hashes of parts of its rows.
        rows: by table, the first of its rows in the chunk's file and their number.
    """

    name: str
    key: str
    told: Mapping[str, str]
    rows: Mapping[str, tuple[int, int]]


@dataclass(frozen=True)
class Manifest:
    """The files of a chunk, and its items; None where the rows belong to no items, or no longer do."""

    parts: tuple[Part, ...]
    items: tuple[ItemRows, ...] | None = field(default=None)


def write_manifest(dataset: str, stage: str, key: str, manifest: Manifest) -> None:
    """Write the manifest of a chunk: from then on it is done."""
    items = manifest.items
    values = {
        "parts": [asdict(part) for part in manifest.parts],
        "items": None if items is None else [[i.name, i.key, dict(i.told), dict(i.rows)] for i in items],
    }
    write_bytes_atomic(_url(dataset, stage, key), json.dumps(values).encode())


def read_manifest(dataset: str, stage: str, key: str) -> Manifest:
    """Return what `write_manifest` wrote.

    Raises:
        FileNotFoundError: if the chunk is not done.
    """
    values = json.loads(read_bytes(_url(dataset, stage, key)))
    if isinstance(values, list):  # of a version that knew no items
        return Manifest(tuple(Part(**part) for part in values))
    items = values["items"]
    return Manifest(
        tuple(Part(**part) for part in values["parts"]),
        None
        if items is None
        else tuple(
            ItemRows(name, key, told, {table: (span[0], span[1]) for table, span in rows.items()})
            for name, key, told, rows in items
        ),
    )


def finished_keys(dataset: str, stage: str) -> set[str]:
    """Return the keys of all chunks of a stage that were ever done."""
    names = list_sizes(join(dataset, _STAGING, stage))
    return {n.removesuffix(".json") for n in names if n.endswith(".json") and not n.startswith("_")}


def items_of_file(dataset: str, file_name: str) -> tuple[ItemRows, ...] | None:
    """Return the items of a file that a stage wrote, in the order of their rows; None where it has none.

    Args:
        dataset: path or URL.
        file_name: name of a file of a table or a staging table: `<stage>-<key>.parquet`.
    """
    stage, _, key = file_name.removesuffix(".parquet").rpartition("-")
    if not stage:
        return None
    try:
        return read_manifest(dataset, stage, key).items
    except FileNotFoundError:
        return None


def write_latest(dataset: str, stage: str, keys: Sequence[str]) -> None:
    """Write down which chunks a stage consists of: what the next build may take over from."""
    write_bytes_atomic(join(dataset, _STAGING, stage, _LATEST), json.dumps(list(keys)).encode())


def read_latest(dataset: str, stage: str) -> list[str]:
    """Return what `write_latest` wrote last; empty before."""
    url = join(dataset, _STAGING, stage, _LATEST)
    return [str(key) for key in json.loads(read_bytes(url))] if exists(url) else []


def _url(dataset: str, stage: str, key: str) -> str:
    return join(dataset, _STAGING, stage, f"{key}.json")
