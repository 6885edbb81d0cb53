"""Reads shards from a memory map: documents that lie together come as views, others run by run."""

from __future__ import annotations

import hashlib
import os
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import ArrayLike, NDArray

from storage.filesystem import is_local, local_path, open_filesystem, read_bytes
from storage.shards.index import INDEX_NAME, ShardIndex, ShardSpec, read_index
from storage.shards.ragged import Offsets, RaggedBatch, Run

Array = NDArray[Any]

_OF_IMAGES = ("pixels", "words", "image_position", "image_section")
_OF_TEXTS = ("text_features", "text_position", "text_section", "caption_of")
_OF_PAIRS = ("prior", "link")


@dataclass(frozen=True)
class _Slab:
    """The numeric columns of one record batch as flat views, and where each document begins in them."""

    rows: pa.RecordBatch
    starts: dict[str, Array]  # column -> [documents + 1]
    columns: dict[str, Array]


class ShardReader:
    """Documents of a folder of shards, by number from 0."""

    def __init__(self, folder: Path, index: ShardIndex) -> None:
        self.index = index
        self.block_offsets: Offsets = np.asarray(index.block_offsets, np.int64)
        rows = [batch for name in index.files for batch in _record_batches(folder / name)]
        self._slabs = [_slab(batch, index.spec) for batch in rows]
        self._slab_offsets: Offsets = np.cumsum([0, *(batch.num_rows for batch in rows)])
        self._image_counts = self._counts("image_position")
        self._text_counts = self._counts("text_position")
        self._has_links = _concatenated(
            [batch.column("has_links").to_numpy(zero_copy_only=False) for batch in rows], np.dtype(np.bool_)
        )
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
        return (
            np.flatnonzero(self.splits[self.block_offsets[:-1]] == split)
            if len(self)
            else np.empty(0, np.int64)
        )

    def block(self, number: int) -> RaggedBatch:
        """Return one block: documents that were packed to meet. Its arrays are views."""
        return self.batch(np.arange(self.block_offsets[number], self.block_offsets[number + 1]))

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
        runs = self._runs(wanted)
        images, texts, has_links = (
            self._image_counts[wanted],
            self._text_counts[wanted],
            self._has_links[wanted],
        )
        gathered = {name: self._gather(name, runs) for name in (*_OF_IMAGES, *_OF_TEXTS, *_OF_PAIRS)}
        if not has_links.any():
            gathered["link"] = np.empty(0, np.int8)
        return RaggedBatch(
            doc_indices=wanted,
            image_offsets=_offsets(images),
            text_offsets=_offsets(texts),
            prior_offsets=_offsets(images * texts),
            has_links=has_links,
            runs=tuple(Run(self._slabs[slab].rows, start, stop) for slab, start, stop in runs),
            **gathered,
        )

    def _runs(self, wanted: Offsets) -> list[tuple[int, int, int]]:
        if not wanted.size:
            return []
        slabs = np.searchsorted(self._slab_offsets, wanted, side="right") - 1
        breaks = np.flatnonzero((np.diff(wanted) != 1) | (np.diff(slabs) != 0)) + 1
        first = np.concatenate([[0], breaks])
        length = np.diff(np.concatenate([first, [wanted.size]]))
        start = wanted[first] - self._slab_offsets[slabs[first]]
        return list(zip(slabs[first].tolist(), start.tolist(), (start + length).tolist(), strict=True))

    def _gather(self, name: str, runs: list[tuple[int, int, int]]) -> Any:
        views = []
        for slab, start, stop in runs:
            starts = self._slabs[slab].starts[name]
            views.append(self._slabs[slab].columns[name][starts[start] : starts[stop]])
        if len(views) == 1:
            return views[0]
        return np.concatenate(views) if views else _empty_column(name, self.index.spec)

    def _counts(self, column: str) -> Offsets:
        return _concatenated([np.diff(slab.starts[column]) for slab in self._slabs], np.dtype(np.int64))


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


def _slab(rows: pa.RecordBatch, spec: ShardSpec) -> _Slab:
    lists: dict[str, Any] = {name: rows.column(name) for name in (*_OF_IMAGES, *_OF_TEXTS, *_OF_PAIRS)}
    images = lists["image_position"].offsets.to_numpy()
    texts = lists["text_position"].offsets.to_numpy()
    pairs = lists["prior"].offsets.to_numpy()
    starts = {
        **dict.fromkeys(_OF_IMAGES, images),
        **dict.fromkeys(_OF_TEXTS, texts),
        **dict.fromkeys(_OF_PAIRS, pairs),
    }
    columns: dict[str, Array] = {name: column.values.to_numpy() for name, column in lists.items()}
    for name, width in _widths(spec).items():
        columns[name] = columns[name].reshape(starts[name][-1], width)
    return _Slab(rows, starts, columns)


def _widths(spec: ShardSpec) -> dict[str, int]:
    return {"pixels": spec.pixel_width, "words": spec.word_width, "text_features": spec.text_width}


def _empty_column(name: str, spec: ShardSpec) -> Array:
    if name in _widths(spec):
        return np.empty((0, _widths(spec)[name]), np.float32)
    return np.empty(0, {"prior": np.float32, "link": np.int8}.get(name, np.int32))


def _offsets(counts: Offsets) -> Offsets:
    offsets = np.zeros(counts.size + 1, np.int64)
    np.cumsum(counts, out=offsets[1:])
    return offsets


def _concatenated(arrays: list[Array], dtype: np.dtype[Any]) -> Any:
    return np.concatenate([np.empty(0, dtype), *arrays])
