"""Writes the rows of a query for a person or a program."""

from __future__ import annotations

import csv
import io
import json
import math
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Literal

import pyarrow as pa
import pyarrow.parquet as pq

from storage.errors import LooseleafError
from storage.filesystem import write_bytes_atomic

Format = Literal["table", "json", "csv", "arrow", "parquet"]

_WIDEST_CELL = 60


def write_result(table: pa.Table, format: Format, out: str | None = None) -> str:  # noqa: A002
    """Write rows as `format` to the path or URL `out`; without `out`, return the text.

    In text, bytes show as `<1234 bytes>`: pictures belong into `arrow` or `parquet`.

    Raises:
        LooseleafError: if `format` is arrow or parquet and there is no `out`.
    """
    if format in ("arrow", "parquet"):
        if out is None:
            raise LooseleafError(f"Format {format} is not text: say where to write it.")
        write_bytes_atomic(out, _arrow(table) if format == "arrow" else _parquet(table))
        return ""
    text = {"table": _text, "json": _json, "csv": _csv}[format](table)
    if out is None:
        return text
    write_bytes_atomic(out, text.encode())
    return ""


def json_rows(table: pa.Table) -> list[list[Any]]:
    """Return rows of values that JSON knows; bytes become `<1234 bytes>`, times ISO 8601, NaN null."""
    columns = [[_plain(value) for value in column.to_pylist()] for column in table.columns]
    return [list(row) for row in zip(*columns, strict=True)]


def _json(table: pa.Table) -> str:
    return json.dumps({"columns": table.column_names, "rows": json_rows(table)}, ensure_ascii=False) + "\n"


def _csv(table: pa.Table) -> str:
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(table.column_names)
    writer.writerows([_cell(value) for value in row] for row in json_rows(table))
    return out.getvalue()


def _text(table: pa.Table) -> str:
    rows = [table.column_names, *([_short(_cell(value)) for value in row] for row in json_rows(table))]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = [
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows
    ]
    return "\n".join([lines[0], "  ".join("-" * width for width in widths), *lines[1:]]) + "\n"


def _arrow(table: pa.Table) -> bytes:
    sink = pa.BufferOutputStream()
    with pa.ipc.new_file(sink, table.schema) as writer:
        writer.write_table(table)
    return sink.getvalue().to_pybytes()


def _parquet(table: pa.Table) -> bytes:
    sink = pa.BufferOutputStream()
    pq.write_table(table, sink, compression="zstd")
    return sink.getvalue().to_pybytes()


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
