"""Vectors of a dataset with the rows that say where they stand, batch by batch."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any, Literal

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

Modality = Literal["pixels", "words", "text"]
Vector = NDArray[np.float32]
#: Where vectors stand (image_id, doc_id, position), and the vectors [n, d].
Batch = tuple[list[dict[str, Any]], NDArray[np.float32]]
#: Gives the vectors of a modality.
Source = Callable[[Modality], Iterator[Batch]]
#: Says whether a row may be found.
Passes = Callable[[dict[str, Any]], bool]


def rows_of(batches: Iterable[pa.Table | pa.RecordBatch], modality: Modality) -> Iterator[Batch]:
    """Give the vectors of one modality among rows of the table `embeddings`."""
    for batch in batches:
        own = batch.filter(pc.field("modality") == modality)
        if own.num_rows:
            flat = pc.list_flatten(own.column("vector")).to_numpy()
            rows = own.select(["image_id", "doc_id", "position"]).to_pylist()
            yield rows, flat.reshape(own.num_rows, -1)
