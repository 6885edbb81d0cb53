"""The columns of one record batch as flat views, and runs of documents within them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from storage.shards.index import ShardSpec

Array = NDArray[Any]
Offsets = NDArray[np.int64]
Bytes = NDArray[np.uint8]

OF_IMAGES = ("pixels", "words", "image_position", "image_section")
OF_TEXTS = ("text_features", "text_position", "text_section", "caption_of")
OF_PAIRS = ("prior", "link")


@dataclass(frozen=True)
class Items:
    """Byte strings in a row: document d has items first[d] on, and item i begins at offsets[i] in `data`."""

    data: Bytes
    offsets: Offsets
    first: Offsets


@dataclass(frozen=True)
class Slab:
    """A record batch; `starts[column][d]` is where document d begins in `columns[column]`."""

    rows: pa.RecordBatch
    starts: dict[str, Offsets]
    columns: dict[str, Array]

    @cached_property
    def items(self) -> dict[str, Items]:
        """The columns of byte strings and of texts."""
        return {name: _items(self.rows.column(name)) for name in ("image_bytes", "text")}


@dataclass(frozen=True)
class Run:
    """Documents [start, stop) of a slab."""

    slab: Slab
    start: int
    stop: int

    def view(self, column: str) -> Array:
        """Return a numeric column of these documents, without copying."""
        starts = self.slab.starts[column]
        return self.slab.columns[column][starts[self.start] : starts[self.stop]]

    def offsets(self, column: str) -> Offsets:
        """Return where each document begins in `view(column)`, and its end: [documents + 1]."""
        starts = self.slab.starts[column][self.start : self.stop + 1]
        return starts - starts[0]

    def piece(self, column: str) -> tuple[Bytes, Offsets]:
        """Return the byte strings of these documents as one view, and where each begins: [items + 1]."""
        items = self.slab.items[column]
        offsets = items.offsets[items.first[self.start] : items.first[self.stop] + 1]
        return items.data[offsets[0] : offsets[-1]], offsets - offsets[0]

    def strings(self, column: str) -> list[str]:
        """Return a column of strings, or of lists of strings one after the other."""
        column_rows: Any = self.slab.rows.column(column).slice(self.start, self.stop - self.start)
        if pa.types.is_list(column_rows.type):
            column_rows = column_rows.flatten()
        return list(column_rows.to_pylist())


def slab_of(rows: pa.RecordBatch, spec: ShardSpec) -> Slab:
    """Return the views of a record batch."""
    lists: dict[str, Any] = {name: rows.column(name) for name in (*OF_IMAGES, *OF_TEXTS, *OF_PAIRS)}
    images, texts, pairs = (
        lists[name].offsets.to_numpy().astype(np.int64)
        for name in ("image_position", "text_position", "prior")
    )
    starts: dict[str, Offsets] = {
        **dict.fromkeys(OF_IMAGES, images),
        **dict.fromkeys(OF_TEXTS, texts),
        **dict.fromkeys(OF_PAIRS, pairs),
        "has_links": np.arange(rows.num_rows + 1),
    }
    columns: dict[str, Array] = {name: column.values.to_numpy() for name, column in lists.items()}
    for name, width in widths(spec).items():
        columns[name] = columns[name].reshape(starts[name][-1], width)
    columns["has_links"] = rows.column("has_links").to_numpy(zero_copy_only=False)
    return Slab(rows, starts, columns)


def widths(spec: ShardSpec) -> dict[str, int]:
    """Return the width of each feature column."""
    return {"pixels": spec.pixel_width, "words": spec.word_width, "text_features": spec.text_width}


def _items(lists: Any) -> Items:
    values = lists.values
    first = lists.offsets.to_numpy().astype(np.int64)
    _, offsets, data = values.buffers()
    if len(values) == 0:
        return Items(np.empty(0, np.uint8), np.zeros(1, np.int64), first)
    dtype = np.int64 if pa.types.is_large_binary(values.type) else np.int32
    offsets = np.frombuffer(offsets, dtype, len(values) + 1).astype(np.int64)
    return Items(np.frombuffer(data, np.uint8) if data else np.empty(0, np.uint8), offsets, first)
