"""Erases rows for good: from every Parquet file of a dataset, and so from every version of its tables.

A removal must reach the past as well. So files keep their names and lose their rows, each replaced whole, and
then every entry that tells of a file's size and rows, in the tables' logs and in the stages' manifests, is
put right. All of it can be broken off and done again. Nothing else may write to the dataset meanwhile.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterator
from dataclasses import replace

import pyarrow as pa
import pyarrow.parquet as pq

from storage.builds import recount
from storage.filesystem import (
    arrow_filesystem,
    delete_file,
    exists,
    join,
    list_sizes,
    open_filesystem,
    read_bytes,
    subfolders,
    write_bytes_atomic,
)
from storage.manifests import Manifest, finished_keys, read_manifest, write_manifest
from storage.parts import Part, write_parquet
from storage.schemas import SCHEMAS

_SUFFIX = ".parquet"
_STAGING = "staging"
_LOG = "_delta_log"

Change = Callable[[pa.Table], pa.Table]


def stored_tables(dataset: str) -> list[str]:
    """Return the names of the folders of rows: tables, and staging tables as `staging/<name>`."""
    staging = [f"{_STAGING}/{name}" for name in subfolders(join(dataset, _STAGING))]
    return [*(name for name in SCHEMAS if exists(join(dataset, name))), *staging]


def stored_columns(dataset: str, table: str, columns: Collection[str]) -> Iterator[pa.Table]:
    """Give those of the columns that there are, of every file of a table on disk, of whatever version."""
    for url in _files(dataset, table):
        yield _read(url, columns)


def erase(dataset: str, table: str, columns: Collection[str], change: Change) -> int:
    """Apply `change` to every file of a table on disk; return the number of files that it changed.

    Args:
        dataset: path or URL.
        table: a name that `stored_tables` gives.
        columns: what `change` looks at; a file in which it changes none of these is not opened further.
        change: gives the rows, or those columns of them, that are to remain.
    """
    changed = 0
    for url in _files(dataset, table):
        seen = _read(url, columns)
        if seen.num_columns == 0 or change(seen).equals(seen):
            continue
        name = url.rsplit("/", 1)[-1].removesuffix(_SUFFIX)
        write_parquet(dataset, table, name, change(_read(url, None)))
        changed += 1
    return changed


def put_right(dataset: str) -> None:
    """Make logs, manifests and builds tell the sizes and rows of the files as they are now."""
    for table in SCHEMAS:
        if exists(join(dataset, table, _LOG)):
            _put_log_right(dataset, table)
    for stage in subfolders(join(dataset, _STAGING)):
        for key in sorted(finished_keys(dataset, stage)):
            _put_manifest_right(dataset, stage, key)
    erase(dataset, "builds", ("tables", "counts"), lambda rows: recount(dataset, rows))
    if exists(join(dataset, "builds", _LOG)):
        _put_log_right(dataset, "builds")


def _files(dataset: str, table: str) -> list[str]:
    folder = join(dataset, table)
    return [join(folder, name) for name in sorted(list_sizes(folder)) if name.endswith(_SUFFIX)]


def _read(url: str, columns: Collection[str] | None) -> pa.Table:
    filesystem, path = arrow_filesystem(url)
    with filesystem.open_input_file(path) as file:
        parquet = pq.ParquetFile(file)
        names = parquet.schema_arrow.names
        wanted = names if columns is None else [name for name in names if name in columns]
        return parquet.read(columns=wanted) if wanted else pa.table({})


def _rows(url: str) -> int:
    filesystem, path = arrow_filesystem(url)
    with filesystem.open_input_file(path) as file:
        return int(pq.ParquetFile(file).metadata.num_rows)


def _put_log_right(dataset: str, table: str) -> None:
    log = join(dataset, table, _LOG)
    sizes = list_sizes(join(dataset, table))
    for name in sorted(list_sizes(log)):
        url = join(log, name)
        if name == "_last_checkpoint" or ".checkpoint" in name:
            # A checkpoint repeats what the log says, and is no longer right.
            delete_file(url)
        elif name.endswith(".json"):
            old = read_bytes(url)
            new = b"\n".join(_put_entry_right(dataset, table, sizes, line) for line in old.splitlines())
            if new.rstrip() != old.rstrip():
                write_bytes_atomic(url, new)


def _put_entry_right(dataset: str, table: str, sizes: dict[str, int], line: bytes) -> bytes:
    entry = json.loads(line) if line.strip() else {}
    added = entry.get("add")
    if added is None or added["path"] not in sizes or sizes[added["path"]] == added["size"]:
        return line
    added["size"] = sizes[added["path"]]
    added["stats"] = json.dumps({"numRecords": _rows(join(dataset, table, added["path"]))})
    return json.dumps(entry, separators=(",", ":")).encode()


def _put_manifest_right(dataset: str, stage: str, key: str) -> None:
    manifest = read_manifest(dataset, stage, key)
    parts = tuple(_present(dataset, part) for part in manifest.parts)
    if parts != manifest.parts:
        # Nobody knows any more whose the rows are: what of them is needed again is made again.
        write_manifest(dataset, stage, key, Manifest(parts, None))


def _present(dataset: str, part: Part) -> Part:
    """Return a part with the size and rows that its file has now; as it was if the file is gone."""
    url = join(dataset, part.table, part.path)
    filesystem, path = open_filesystem(url)
    if not filesystem.exists(path) or int(filesystem.size(path)) == part.bytes:
        return part
    return replace(part, bytes=int(filesystem.size(path)), rows=_rows(url))
