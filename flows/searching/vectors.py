"""Vectors of a dataset with the rows that say where they stand, batch by batch."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any, Literal

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from storage import tables

_COLUMNS = ("modality", "image_id", "doc_id", "position", "encoder", "vector")
_BATCH = 4096

Modality = Literal["pixels", "words", "text"]
Vector = NDArray[np.float32]
#: Where vectors stand (image_id, doc_id, position), and the vectors [n, d].
Batch = tuple[list[dict[str, Any]], NDArray[np.float32]]
#: Gives the vectors of a modality.
Source = Callable[[Modality], Iterator[Batch]]
#: Says whether a row may be found.
Passes = Callable[[dict[str, Any]], bool]


def stored_batches(dataset: str, version: int) -> Iterator[pa.RecordBatch]:
    """Give rows of the table `embeddings` by the locked encoders: a run's vectors are of another space."""
    for batch in tables.batches(dataset, "embeddings", version, _COLUMNS, _BATCH):
        yield batch.filter(pc.invert(pc.starts_with(batch["encoder"], "run:")))


def count_stored(dataset: str, version: int, modality: Modality) -> int:
    """Return how many vectors of a modality `stored_batches` gives, without reading any."""
    total = 0
    for batch in tables.batches(dataset, "embeddings", version, ("modality", "encoder"), _BATCH):
        of_run = pc.starts_with(batch["encoder"], "run:")
        own = pc.and_not(pc.equal(batch["modality"], modality), of_run)
        total += pc.sum(own).as_py() or 0
    return total


def rows_of(batches: Iterable[pa.Table | pa.RecordBatch], modality: Modality) -> Iterator[Batch]:
    """Give the vectors of one modality among rows of the table `embeddings`."""
    for batch in batches:
        own = batch.filter(pc.field("modality") == modality)
        if own.num_rows:
            flat = pc.list_flatten(own.column("vector")).to_numpy()
            rows = own.select(["image_id", "doc_id", "position"]).to_pylist()
            yield rows, flat.reshape(own.num_rows, -1)
