"""Tables on Delta Lake: Parquet files written by the steps, committed by the driver, read at any version."""

from __future__ import annotations

import hashlib
import json
import re
import time
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pyarrow as pa
from deltalake import CommitProperties, DeltaTable, Field, Schema, Transaction
from deltalake.exceptions import CommitFailedError, DeltaError, TableNotFoundError
from deltalake.transaction import AddAction, RemoveAction

from storage.errors import LooseleafError
from storage.filesystem import arrow_filesystem, delta_options, delta_uri, join
from storage.parts import Part, read_batches, write_parquet
from storage.schemas import SCHEMAS

if TYPE_CHECKING:
    import pyarrow.compute as pc
    import pyarrow.dataset as pa_dataset

_TRIES = 20
# A build pins versions and may be read years later: the log must outlive Delta's default of 30 days.
_EVOLVED = "looseleaf.evolved"
_CONFIGURATION = {"delta.logRetentionDuration": "interval 36500 days"}


@dataclass(frozen=True)
class TableVersion:
    """One entry of a table's history."""

    version: int
    committed_at: datetime
    operation: str


@dataclass(frozen=True)
class Snapshot:
    """A table at a version: the sorted URLs of its files, and whether all of them have today's columns."""

    urls: tuple[str, ...]
    uniform: bool


def write_part(dataset: str, table: str, name: str, rows: pa.Table) -> Part:
    """Write one Parquet file of a table, which no reader sees before `commit`.

    Raises:
        ValueError: if `rows` does not have exactly the table's columns.
    """
    schema = SCHEMAS[table]
    if set(rows.column_names) != set(schema.names):
        raise ValueError(f"rows for table {table} have columns {rows.column_names}, not {schema.names}")
    return write_parquet(dataset, table, name, rows.select(schema.names).cast(schema))


def commit(dataset: str, table: str, prefix: str, parts: Sequence[Part], app_id: str) -> int:
    """Make `parts` the table's files of `prefix`, in one transaction; return the version that holds them.

    The table's other files stay. Files named `<prefix>-<hexadecimal>.parquet` that are not in `parts` leave
    the table (older versions keep them). Nothing to change means no commit. `app_id` is recorded as an
    application transaction, so that of two equal commits at once one fails, looks again and finds nothing to
    do.

    Raises:
        LooseleafError: if other writers came first again and again.
    """
    return _replace(dataset, table, parts, lambda path: _has_prefix(path, prefix), app_id)


def restore(dataset: str, table: str, version: int | None, app_id: str, leave: Collection[str] = ()) -> int:
    """Give a table the files again that it had at `version`, in one transaction; return the version of that.

    Args:
        dataset: path or URL.
        table: its name.
        version: None for a table without files.
        app_id: as for `commit`.
        leave: prefixes whose files stay as they are now.

    Raises:
        LooseleafError: if other writers came first again and again.
    """

    def is_meant(path: str) -> bool:
        return not any(_has_prefix(path, prefix) for prefix in leave)

    there = _parts(dataset, table, version) if version is not None else []
    parts = [part for part in there if is_meant(part.path)]
    return _replace(dataset, table, parts, is_meant, app_id)


def _parts(dataset: str, table: str, version: int) -> list[Part]:
    delta = _open(dataset, table, version)
    if delta is None:
        return []
    rows = pa.table(delta.get_add_actions(flatten=True)).to_pylist()
    return [Part(table, row["path"], row["num_records"], row["size_bytes"]) for row in rows]


def _replace(
    dataset: str, table: str, parts: Sequence[Part], is_meant: Callable[[str], bool], app_id: str
) -> int:
    """Make `parts` those of the table's files that are meant."""
    wanted = {part.path: part for part in parts}
    for _ in range(_TRIES):
        try:
            delta = _open_or_create(dataset, table)
        except CommitFailedError:  # another one is giving it today's columns
            continue
        present = {path for path in _paths(delta) if is_meant(path)}
        now = int(time.time() * 1000)
        actions = [_added(wanted[path], now) for path in sorted(wanted.keys() - present)]
        actions += [_removed(path, now) for path in sorted(present - wanted.keys())]
        if not actions:
            return int(delta.version())
        done = delta.transaction_version(app_id) or 0
        try:
            delta.create_write_transaction(
                actions,
                mode="append",
                schema=delta.schema(),
                commit_properties=CommitProperties(app_transactions=[Transaction(app_id, done + 1)]),
            )
        except CommitFailedError:
            continue
        delta.update_incremental()
        return int(delta.version())
    raise LooseleafError(
        f"Table {table} of {dataset} could not be committed because other runs kept changing it: "
        f"let them end, then run again."
    )


def version(dataset: str, table: str) -> int | None:
    """Return the table's newest version, or None while it does not exist."""
    delta = _open(dataset, table)
    return None if delta is None else int(delta.version())


def versions(dataset: str, table: str) -> list[TableVersion]:
    """Return the table's history, newest first; empty while it does not exist."""
    delta = _open(dataset, table)
    if delta is None:
        return []
    return [
        TableVersion(
            entry["version"], datetime.fromtimestamp(entry["timestamp"] / 1000, UTC), entry["operation"]
        )
        for entry in delta.history()
    ]


def files(dataset: str, table: str, version: int | None = None) -> list[str]:
    """Return the sorted URLs of the table's Parquet files at a version (newest by default); maybe none."""
    return list(snapshot(dataset, table, version).urls)


def paths(
    dataset: str, table: str, version: int | None = None, *, leave: Collection[str] = (), only: str = ""
) -> set[str]:
    """Return the names of a table's files at a version (newest by default).

    Args:
        dataset: path or URL.
        table: its name.
        version: None for the newest.
        leave: prefixes whose files are not named.
        only: the prefix whose files are named; empty for all.
    """
    delta = _open(dataset, table, version)
    return {
        path
        for path in (_paths(delta) if delta is not None else ())
        if (not only or _has_prefix(path, only)) and not any(_has_prefix(path, prefix) for prefix in leave)
    }


def names_digest(names: Iterable[str]) -> str:
    """Return 16 hexadecimal digits that follow from the names of files."""
    return hashlib.sha256("\n".join(sorted(names)).encode()).hexdigest()[:16]


def snapshot(dataset: str, table: str, version: int | None = None) -> Snapshot:
    """Return what a table is at a version (newest by default); empty if it does not exist."""
    delta = _open(dataset, table, version)
    if delta is None:
        return Snapshot((), uniform=True)
    urls = tuple(join(dataset, table, path) for path in sorted(_paths(delta)))
    whole = _missing_columns(delta, table) == []
    return Snapshot(urls, uniform=whole and _EVOLVED not in delta.metadata().configuration)


def count(dataset: str, table: str, version: int | None = None) -> int:
    """Return the number of rows at a version (newest by default), from the log alone."""
    delta = _open(dataset, table, version)
    if delta is None:
        return 0
    return int(sum(_add_actions(delta).column("num_records").to_pylist()))


def read(
    dataset: str,
    table: str,
    version: int | None = None,
    columns: Sequence[str] | None = None,
    filter: pc.Expression | None = None,  # noqa: A002
) -> pa.Table:
    """Return rows of a table at a version (newest by default); none, with its schema, if it does not exist.

    Rows come in the order of the sorted file names and, within a file, as they were written.
    """
    return arrow_dataset(dataset, table, version).to_table(
        columns=None if columns is None else list(columns), filter=filter
    )


def batches(
    dataset: str,
    table: str,
    version: int | None = None,
    columns: Sequence[str] | None = None,
    batch_size: int = 1024,
) -> Iterator[pa.RecordBatch]:
    """Give the rows of a table as `read` does, but in batches that hold one row group in memory at a time."""
    yield from read_batches(files(dataset, table, version), SCHEMAS[table], columns, batch_size)


def arrow_dataset(dataset: str, table: str, version: int | None = None) -> pa_dataset.Dataset:
    """Return a table at a version as a pyarrow dataset over its files."""
    return arrow_files(dataset, table, files(dataset, table, version))


def arrow_files(dataset: str, table: str, urls: Sequence[str]) -> pa_dataset.Dataset:
    """Return files of a table as a pyarrow dataset with today's columns."""
    # It imports pandas, where there is pandas: half a second that a query need not wait for.
    import pyarrow.dataset as pa_dataset  # noqa: PLC0415

    filesystem, _ = arrow_filesystem(dataset)
    return pa_dataset.dataset(
        [arrow_filesystem(url)[1] for url in urls],
        schema=SCHEMAS[table],
        format="parquet",
        filesystem=filesystem,
    )


def _open(dataset: str, table: str, version: int | None = None) -> DeltaTable | None:
    url = join(dataset, table)
    try:
        return DeltaTable(delta_uri(url), version=version, storage_options=delta_options(url))
    except TableNotFoundError:
        return None


def _open_or_create(dataset: str, table: str) -> DeltaTable:
    delta = _open(dataset, table)
    if delta is not None:
        _evolve(delta, table)
        return delta
    url = join(dataset, table)
    try:
        return DeltaTable.create(
            delta_uri(url),
            schema=SCHEMAS[table],
            mode="error",
            configuration=_CONFIGURATION,
            storage_options=delta_options(url),
        )
    except DeltaError:
        # Another process created it between our look and our try.
        delta = _open(dataset, table)
        if delta is None:
            raise
        return delta


def _missing_columns(delta: DeltaTable, table: str) -> list[Field]:
    """Return the columns that the table's schema has today and had not when it was made."""
    present = {field.name for field in delta.schema().fields}
    return [field for field in Schema.from_arrow(SCHEMAS[table]).fields if field.name not in present]


def _evolve(delta: DeltaTable, table: str) -> None:
    """Add the columns that a table of an older version lacks; its older files have null there."""
    missing = _missing_columns(delta, table)
    if missing:
        # First the mark: without it, a reader would take files of both kinds for files of one.
        delta.alter.set_table_properties({_EVOLVED: "true"}, raise_if_not_exists=False)
        delta.alter.add_columns(missing)
        delta.update_incremental()


def _paths(delta: DeltaTable) -> list[str]:
    return [str(path) for path in _add_actions(delta).column("path").to_pylist()]


def _add_actions(delta: DeltaTable) -> pa.Table:
    # Not `pa.table`: it asks first whether this is a frame, for which it imports pandas.
    return pa.RecordBatchReader.from_stream(delta.get_add_actions(flatten=True)).read_all()


def _has_prefix(path: str, prefix: str) -> bool:
    # The whole name is matched: stage `embed` must not take away the files of a stage `embed-words`.
    return re.fullmatch(re.escape(prefix) + r"-[0-9a-f]+\.parquet", path) is not None


def _added(part: Part, now: int) -> AddAction:
    return AddAction(
        path=part.path,
        size=part.bytes,
        partition_values={},
        modification_time=now,
        data_change=True,
        stats=json.dumps({"numRecords": part.rows}),
    )


def _removed(path: str, now: int) -> RemoveAction:
    return RemoveAction(path, deletion_timestamp=now, data_change=True)
