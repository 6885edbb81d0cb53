"""Parquet files that a stage writes, each whole or not there at all."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from storage.filesystem import (
    arrow_filesystem,
    is_local,
    join,
    local_path,
    temporary_path,
    write_bytes_atomic,
)

#: Rows that hold a picture each: small row groups keep a reader's memory small.
_ROWS_WITH_BYTES = 64
_ROWS = 65_536


@dataclass(frozen=True)
class Part:
    """A Parquet file of a table: `path` is relative to the table's folder, `bytes` the size of the file."""

    table: str
    path: str
    rows: int
    bytes: int


def write_parquet(dataset: str, table: str, name: str, rows: pa.Table) -> Part:
    """Write `rows` as the file `<dataset>/<table>/<name>.parquet`, atomically."""
    url = join(dataset, table, f"{name}.parquet")
    if is_local(url):
        target = local_path(url)
        temporary = temporary_path(target)
        _write(rows, str(temporary))
        size = temporary.stat().st_size
        temporary.replace(target)
    else:
        buffer = pa.BufferOutputStream()
        _write(rows, buffer)
        data = buffer.getvalue()
        size = data.size
        write_bytes_atomic(url, data.to_pybytes())
    return Part(table=table, path=f"{name}.parquet", rows=rows.num_rows, bytes=size)


def _write(rows: pa.Table, where: str | pa.BufferOutputStream) -> None:
    binary = {field.name for field in rows.schema if _is_binary(field.type)}
    if not binary:
        pq.write_table(rows, where, row_group_size=_ROWS, compression="zstd")
        return
    # Pictures are compressed already: zstd, dictionaries and statistics would cost time and gain nothing.
    others = [name for name in rows.column_names if name not in binary]
    options: dict[str, Any] = {
        "row_group_size": _ROWS_WITH_BYTES,
        "compression": {name: "none" if name in binary else "zstd" for name in rows.column_names},
        "use_dictionary": others,
        "write_statistics": others,
    }
    pq.write_table(rows, where, **options)


def _is_binary(kind: pa.DataType) -> bool:
    return bool(pa.types.is_binary(kind) or pa.types.is_large_binary(kind))


def read_batches(
    urls: Sequence[str], schema: pa.Schema, columns: Sequence[str] | None, batch_size: int
) -> Iterator[pa.RecordBatch]:
    """Give the rows of Parquet files in batches of at most `batch_size` rows, one row group in memory."""
    wanted = pa.schema([schema.field(name) for name in columns]) if columns is not None else schema
    for url in urls:
        filesystem, path = arrow_filesystem(url)
        with filesystem.open_input_file(path) as file:
            parquet = pq.ParquetFile(file)
            for group in range(parquet.num_row_groups):
                for batch in parquet.iter_batches(batch_size, row_groups=[group], columns=wanted.names):
                    yield _with_columns(batch, wanted)


def _with_columns(batch: pa.RecordBatch, wanted: pa.Schema) -> pa.RecordBatch:
    """Return a batch with the columns of `wanted`, in its order; one that an older file lacks is null."""
    present = set(batch.schema.names)
    columns = [
        batch[field.name].cast(field.type) if field.name in present else pa.nulls(batch.num_rows, field.type)
        for field in wanted
    ]
    return pa.record_batch(columns, schema=wanted)
