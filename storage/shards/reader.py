"""Reads shards from a memory map: documents that lie together come as views, others run by run."""

from __future__ import annotations

import hashlib
import os
import shutil
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import ArrayLike, NDArray

from storage.errors import LooseleafError
from storage.filesystem import is_local, local_path, open_filesystem, read_bytes
from storage.shards.index import INDEX_NAME, ShardIndex, ShardSpec, read_index
from storage.shards.ragged import RaggedBatch
from storage.shards.slab import OF_IMAGES, OF_PAIRS, OF_TEXTS, Array, Offsets, Run, slab_of, widths
from storage.shards.tokens import TOKEN_SCALES, PackedTokens, packed_tokens, token_width


class ShardReader:
    """Documents of a folder of shards, by number from 0."""

    def __init__(self, folder: Path, index: ShardIndex) -> None:
        self.index = index
        self.block_offsets: Offsets = np.asarray(index.block_offsets, np.int64)
        #: The documents, as they lie in the files.
        self.record_batches = [batch for name in index.files for batch in _record_batches(folder / name)]
        rows = self.record_batches
        self._slabs = [slab_of(batch, index.spec) for batch in rows]
        self._slab_offsets: Offsets = np.cumsum([0, *(batch.num_rows for batch in rows)])
        #: The split of each document.
        self.splits: NDArray[np.str_] = np.array(
            [split for batch in rows for split in batch.column("split").to_pylist()], dtype=np.str_
        )

    def __len__(self) -> int:
        return int(self._slab_offsets[-1])

    def documents_of(self, split: str) -> Offsets:
        """Return the numbers of the documents of a split, ascending."""
        return np.flatnonzero(self.splits == split)

    def blocks_of(self, split: str) -> Offsets:
        """Return the numbers of the blocks of a split, ascending."""
        if not len(self):
            return np.empty(0, np.int64)
        return np.flatnonzero(self.splits[self.block_offsets[:-1]] == split)

    def block(self, number: int) -> RaggedBatch:
        """Return one block: documents that were packed to meet. Its arrays are views."""
        wanted = np.arange(self.block_offsets[number], self.block_offsets[number + 1])
        # The writer never cuts a block in two, so that it is one run.
        slab = int(np.searchsorted(self._slab_offsets, wanted[0], side="right")) - 1
        start = int(wanted[0] - self._slab_offsets[slab])
        return self._assemble(wanted, (Run(self._slabs[slab], start, start + len(wanted)),))

    def batch(self, doc_indices: ArrayLike) -> RaggedBatch:
        """Return documents by number, in the order given.

        Args:
            doc_indices: int [B]; a document may be named twice.

        Raises:
            IndexError: if there is no document of some number.
        """
        wanted: Offsets = np.asarray(doc_indices, np.int64)
        if wanted.size and (wanted.min() < 0 or wanted.max() >= len(self)):
            raise IndexError(f"document {wanted.min()} or {wanted.max()} is not among {len(self)} documents")
        return self._assemble(wanted, self._runs(wanted))

    def tokens(self, batch: RaggedBatch, scale: str) -> PackedTokens:
        """Return the tokens of a scale of the images, or texts, of a batch of this reader.

        Raises:
            LooseleafError: if none were packed.
        """
        if scale not in self.index.spec.tokens:
            side = TOKEN_SCALES[scale].rstrip("s")
            raise LooseleafError(
                f"These shards hold no tokens of the scale {scale}; mine the dataset again with "
                f"`mine: {{tokens: {{{side}: [{scale}]}}}}` in the recipe."
            )
        return packed_tokens(batch.runs, scale, token_width(self.index.spec, scale))

    def _runs(self, wanted: Offsets) -> tuple[Run, ...]:
        if not wanted.size:
            return ()
        slabs = np.searchsorted(self._slab_offsets, wanted, side="right") - 1
        breaks = np.flatnonzero((np.diff(wanted) != 1) | (np.diff(slabs) != 0)) + 1
        first = np.concatenate([[0], breaks])
        lengths = np.diff(np.concatenate([first, [wanted.size]]))
        starts = wanted[first] - self._slab_offsets[slabs[first]]
        pieces = zip(slabs[first].tolist(), starts.tolist(), lengths.tolist(), strict=True)
        return tuple(Run(self._slabs[slab], start, start + length) for slab, start, length in pieces)

    def _assemble(self, wanted: Offsets, runs: tuple[Run, ...]) -> RaggedBatch:
        columns = {name: self._column(name, runs) for name in (*OF_IMAGES, *OF_TEXTS, *OF_PAIRS, "has_links")}
        if not columns["has_links"].any():
            columns["link"] = np.empty(0, np.int8)
        return RaggedBatch(
            doc_indices=wanted,
            image_offsets=_offsets("image_position", runs),
            text_offsets=_offsets("text_position", runs),
            prior_offsets=_offsets("prior", runs),
            runs=runs,
            **columns,
        )

    def _column(self, name: str, runs: tuple[Run, ...]) -> Any:
        if len(runs) == 1:
            return runs[0].view(name)
        return np.concatenate([run.view(name) for run in runs]) if runs else _empty(name, self.index.spec)


def open_shards(url: str) -> ShardReader:
    """Open the shards in the folder `url`; remote ones are first copied into the user's cache folder.

    Raises:
        LooseleafError: if there are none.
    """
    index = read_index(url)
    return ShardReader(local_path(url) if is_local(url) else _local_copy(url, index), index)


def _local_copy(url: str, index: ShardIndex) -> Path:
    digest = hashlib.sha256(url.encode() + read_bytes(f"{url.rstrip('/')}/{INDEX_NAME}")).hexdigest()[:24]
    caches = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "looseleaf" / "shards"
    target = caches / digest
    if target.exists():
        return target
    caches.mkdir(parents=True, exist_ok=True)
    filesystem, path = open_filesystem(url)
    folder = Path(tempfile.mkdtemp(dir=caches, prefix=".copying-"))
    for name in index.files:
        filesystem.get_file(f"{path.rstrip('/')}/{name}", str(folder / name))
    try:
        folder.rename(target)
    except OSError:
        # Another process was faster; the copies are equal.
        shutil.rmtree(folder)
    return target


def _record_batches(path: Path) -> list[pa.RecordBatch]:
    reader = pa.ipc.open_file(pa.memory_map(str(path)))
    return [reader.get_batch(number) for number in range(reader.num_record_batches)]


def _empty(name: str, spec: ShardSpec) -> Array:
    if name in widths(spec):
        return np.empty((0, widths(spec)[name]), np.float32)
    return np.empty(0, {"prior": np.float32, "link": np.int8, "has_links": np.bool_}.get(name, np.int32))


def _offsets(column: str, runs: tuple[Run, ...]) -> Offsets:
    if len(runs) == 1:
        return runs[0].offsets(column)
    counts = [np.zeros(1, np.int64), *(np.diff(run.offsets(column)) for run in runs)]
    return np.cumsum(np.concatenate(counts))
