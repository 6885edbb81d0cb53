"""Where the indices of a snapshot's vectors are kept, and what stands at the places of their vectors."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from flows.explorer.cache import cached
from flows.explorer.snapshot import Snapshot

#: What an index is made from.
_TABLES = ("documents", "elements", "embeddings", "images")


def index_path(snapshot: Snapshot, modality: str) -> Path:
    """Return the faiss file of a modality's vectors, be it there yet or not; its places lie beside it."""
    return cached(snapshot.dataset, snapshot.only(*_TABLES), f"search-{modality}.faiss")


def places_path(snapshot: Snapshot, modality: str) -> Path:
    """Return the Arrow file that says where each vector of an index stands, and what stands there."""
    return index_path(snapshot, modality).with_suffix(".arrow")


class Places:
    """What stands at each vector of an index: a memory-mapped file, of which only asked rows are read.

    Args:
        path: of the Arrow file.
    """

    def __init__(self, path: Path) -> None:
        file = pa.ipc.open_file(pa.memory_map(str(path)))
        self._batches = [file.get_batch(number) for number in range(file.num_record_batches)]
        self._ends = np.cumsum([batch.num_rows for batch in self._batches])

    def documents(self) -> npt.NDArray[np.int32]:
        """Return the number of each vector's document in the catalogue, -1 where none is known."""
        parts = [batch["number"].fill_null(-1).to_numpy() for batch in self._batches]
        return np.concatenate([np.zeros(0, np.int32), *parts])

    def rows(self, numbers: Sequence[int]) -> list[dict[str, Any]]:
        """Return what stands at some vectors, in the order in which they are asked for."""
        asked = np.asarray(numbers, np.int64)
        of_batch = np.searchsorted(self._ends, asked, side="right")
        found: list[dict[str, Any]] = [{} for _ in numbers]
        # Taken from all batches at once, their texts would be copied into one piece of memory first.
        for number in np.unique(of_batch).tolist():
            batch = self._batches[number]
            own = np.flatnonzero(of_batch == number)
            within = asked[own] - (self._ends[number] - batch.num_rows)
            for at, row in zip(own.tolist(), batch.take(pa.array(within)).to_pylist(), strict=True):
                found[at] = row
        return found
