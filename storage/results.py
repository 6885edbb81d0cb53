"""Writes the rows of a query for a person or a program, batch by batch."""

from __future__ import annotations

import csv
import io
import json
import math
from datetime import date, datetime
from decimal import Decimal
from typing import Any, BinaryIO, Literal

import pyarrow as pa
import pyarrow.parquet as pq

from storage.filesystem import written_whole

Format = Literal["table", "json", "csv", "arrow", "parquet"]

_WIDEST_CELL = 60


def write_rows(reader: pa.RecordBatchReader, form: Format, sink: BinaryIO, most: int | None = None) -> int:
    """Write rows as `form` to `sink`, batch by batch; return how many there were.

    In text, bytes show as `<1234 bytes>`: pictures belong into `arrow` or `parquet`.

    Args:
        reader: gives the rows.
        form: how to write them.
        sink: takes the bytes.
        most: of `table`, the rows that are shown; a last line says that there are more, which are not read.
    """
    if form == "table":
        return _table(reader, sink, most)
    return {"json": _json, "csv": _csv, "arrow": _arrow, "parquet": _parquet}[form](reader, sink)


def write_table(rows: pa.Table, form: Format, out: str) -> None:
    """Write rows as `form` to the path or URL `out`, which is there when it is whole."""
    with written_whole(out) as sink:
        write_rows(rows.to_reader(), form, sink)


def json_rows(table: pa.Table | pa.RecordBatch) -> list[list[Any]]:
    """Return rows of values that JSON knows; bytes become `<1234 bytes>`, times ISO 8601, NaN null."""
    columns = [[_plain(value) for value in column.to_pylist()] for column in table.columns]
    return [list(row) for row in zip(*columns, strict=True)]


def _json(reader: pa.RecordBatchReader, sink: BinaryIO) -> int:
    start = json.dumps({"columns": reader.schema.names}, ensure_ascii=False)[:-1] + ', "rows": ['
    sink.write(start.encode())
    count = 0
    for batch in reader:
        for row in json_rows(batch):
            sink.write((", " if count else "").encode() + json.dumps(row, ensure_ascii=False).encode())
            count += 1
    sink.write(b"]}\n")
    return count


def _csv(reader: pa.RecordBatchReader, sink: BinaryIO) -> int:
    text = io.TextIOWrapper(sink, encoding="utf-8", newline="", write_through=True)
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(reader.schema.names)
    count = 0
    for batch in reader:
        writer.writerows([_cell(value) for value in row] for row in json_rows(batch))
        count += batch.num_rows
    text.detach()
    return count


def _table(reader: pa.RecordBatchReader, sink: BinaryIO, most: int | None) -> int:
    rows = [list(reader.schema.names)]
    more = False
    for batch in reader:
        left = batch.num_rows if most is None else most - (len(rows) - 1)
        rows += [[_short(_cell(value)) for value in row] for row in json_rows(batch.slice(0, max(left, 0)))]
        if batch.num_rows > left:
            more = True
            break
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = [
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows
    ]
    shown = [lines[0], "  ".join("-" * width for width in widths), *lines[1:]]
    if more:
        shown.append(f"(the first {most} rows; there are more)")
    sink.write(("\n".join(shown) + "\n").encode())
    return len(rows) - 1


def _arrow(reader: pa.RecordBatchReader, sink: BinaryIO) -> int:
    return _copied(reader, pa.ipc.new_file(sink, reader.schema))


def _parquet(reader: pa.RecordBatchReader, sink: BinaryIO) -> int:
    return _copied(reader, pq.ParquetWriter(sink, reader.schema, compression="zstd"))


def _copied(reader: pa.RecordBatchReader, writer: Any) -> int:
    count = 0
    with writer:
        for batch in reader:
            writer.write_batch(batch)
            count += batch.num_rows
    return count


def _plain(value: Any) -> Any:
    if isinstance(value, bytes):
        return f"<{len(value)} bytes>"
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    if isinstance(value, float) and (not math.isfinite(value)):
        return None
    if value is None or isinstance(value, str | bool | int | float):
        return value
    return str(value)


def _cell(value: Any) -> str:
    if value is None:
        return ""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _short(cell: str) -> str:
    flat = " ".join(cell.split())
    return flat if len(flat) <= _WIDEST_CELL else flat[: _WIDEST_CELL - 1] + "…"
