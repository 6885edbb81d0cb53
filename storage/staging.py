"""Rows that stages hand to each other beside the tables: kept as Parquet, never committed.

A stage writes its files first and then, in one small list, which of them count: files of an older recipe stay
on disk and are not read.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence

import pyarrow as pa
import pyarrow.parquet as pq

from storage.filesystem import (
    arrow_filesystem,
    exists,
    join,
    list_sizes,
    open_filesystem,
    read_bytes,
    write_bytes_atomic,
)
from storage.parts import Part, read_batches, write_parquet

_FOLDER = "staging"
_PREFIX = f"{_FOLDER}/"


def is_staging(table: str) -> bool:
    """Say whether a stage's output of this name is a staging table."""
    return table.startswith(_PREFIX)


def write_staging(dataset: str, name: str, file_name: str, rows: pa.Table) -> Part:
    """Write one file of the staging table `name` (without `staging/`), atomically."""
    return write_parquet(dataset, _PREFIX + name, file_name, rows)


def publish_staging(dataset: str, stage: str, parts: Sequence[Part]) -> None:
    """Make `parts` the files that `stage` has in the staging tables; what it had before no longer counts."""
    names = {part.table.removeprefix(_PREFIX) for part in parts}
    for name in sorted(names | _published_names(dataset, stage)):
        paths = sorted(part.path for part in parts if part.table == _PREFIX + name)
        write_bytes_atomic(_list_url(dataset, name, stage), json.dumps(paths).encode())


def staging_files(dataset: str, name: str) -> list[str]:
    """Return the URLs of the files that count in the staging table `name`, sorted; empty if there is none."""
    folder = join(dataset, _FOLDER, name)
    lists = [file for file in list_sizes(folder) if file.startswith("_") and file.endswith(".json")]
    paths = [path for file in lists for path in json.loads(read_bytes(join(folder, file)))]
    return [join(folder, path) for path in sorted(paths)]


def staging_batches(
    dataset: str, name: str, columns: Sequence[str] | None = None, batch_size: int = 1024
) -> Iterator[pa.RecordBatch]:
    """Give the rows of a staging table, in the order of the sorted file names; nothing if there is none."""
    for url in staging_files(dataset, name):
        filesystem, path = arrow_filesystem(url)
        schema = pq.read_schema(path, filesystem=filesystem).remove_metadata()
        yield from read_batches([url], schema, columns, batch_size)


def _list_url(dataset: str, name: str, stage: str) -> str:
    return join(dataset, _FOLDER, name, f"_{stage}.json")


def _published_names(dataset: str, stage: str) -> set[str]:
    return {name for name in _folders(dataset) if exists(_list_url(dataset, name, stage))}


def _folders(dataset: str) -> list[str]:
    filesystem, path = open_filesystem(join(dataset, _FOLDER))
    if not filesystem.exists(path):
        return []
    entries = filesystem.ls(path, detail=True)
    return [entry["name"].rstrip("/").rsplit("/", 1)[-1] for entry in entries if entry["type"] == "directory"]
