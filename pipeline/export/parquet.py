"""Rows of documents as numbered Parquet files of bounded size."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from pipeline.export.documents import Document
from pipeline.export.place import Exported, Folder

_MAX_DOCUMENTS = 1000
_MAX_PICTURE_BYTES = 200_000_000
#: Rows that hold pictures: viewers load a row group whole.
_ROW_GROUP = 64


def write_shards(
    documents: Iterator[Document],
    folder: Folder,
    schema: pa.Schema,
    row: Callable[[Document, Folder], Mapping[str, Any]],
) -> Exported:
    """Write `data/train-00000.parquet` and so on, each small enough to be held in memory."""
    rows: list[Mapping[str, Any]] = []
    size = number = count = images = 0
    for document in documents:
        rows.append(row(document, folder))
        size += sum(len(picture.data) for picture in document.pictures.values())
        count += 1
        images += sum(item.image_id is not None for item in document.items)
        if len(rows) >= _MAX_DOCUMENTS or size >= _MAX_PICTURE_BYTES:
            _write(folder, number, rows, schema)
            rows, size, number = [], 0, number + 1
    if rows or number == 0:
        _write(folder, number, rows, schema)
    return Exported(count, images, folder.files)


def _write(folder: Folder, number: int, rows: list[Mapping[str, Any]], schema: pa.Schema) -> None:
    sink = pa.BufferOutputStream()
    table = pa.Table.from_pylist([dict(row) for row in rows], schema=schema)
    pq.write_table(table, sink, row_group_size=_ROW_GROUP, compression="zstd")
    folder.write(f"data/train-{number:05d}.parquet", sink.getvalue().to_pybytes())
