"""Reads the vectors of one modality and encoder in blocks."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from pipeline.mine.members import NONE, Column, Ints, Members
from pipeline.mine.top_k import KeyBlock
from storage.errors import LooseleafError
from storage.filesystem import arrow_filesystem, join

Modality = Literal["pixels", "words", "text"]
Floats = npt.NDArray[np.float32]

#: Vectors that together stay below this many bytes are read once and kept.
KEPT_BYTES = 256 << 20
#: Fewer vectors than this may be equal, or not finite, without the encoder being to blame.
FEW = 8
_COLUMNS = ["modality", "image_id", "doc_id", "position", "encoder", "vector"]


@dataclass(frozen=True)
class VectorSource:
    """Where vectors of one modality and encoder are: files of the table `embeddings`."""

    dataset: str
    names: tuple[str, ...]
    modality: Modality
    encoder: str


def open_blocks(source: VectorSource, members: Members, block_rows: int) -> Callable[[], Iterator[KeyBlock]]:
    """Return a function that gives all blocks from the start, each time it is called.

    The units of a block are image codes for pixels, else members. Vectors have unit length; those that have
    none, or that are not finite, and those of no member are left out. Few vectors are kept, many read anew.

    Raises:
        LooseleafError: if vectors differ in length, or if many are all equal or none of them is finite.
    """
    kept: list[KeyBlock] = []
    size = 0
    for block in _stream(source, members, block_rows):
        if size == 0:
            _refuse_constant(block.vectors, source)
        size += block.vectors.nbytes
        if size > KEPT_BYTES:
            return lambda: _stream(source, members, block_rows)
        kept.append(block)
    return lambda: iter(kept)


def _refuse_constant(vectors: Floats, source: VectorSource) -> None:
    # The words of all images may well be the same, as in a folder of files called `figure`.
    if source.modality != "words" and len(vectors) >= FEW and np.ptp(vectors, axis=0).max() == 0:
        raise LooseleafError(
            f"The first {len(vectors)} vectors of {source.modality} by {source.encoder} in {source.dataset} "
            "are all the same, so nothing is nearest: mine with another encoder or run."
        )


def gather(blocks: Iterator[KeyBlock], units: Ints) -> tuple[Floats, npt.NDArray[np.bool_]]:
    """Return the vector of each of `units` (A x D, zero if there is none) and whether there is one (A)."""
    found = np.zeros(len(units), dtype=np.bool_)
    vectors = np.zeros((len(units), 0), dtype=np.float32)
    order = np.argsort(units, kind="stable")
    for block in blocks:
        if vectors.shape[1] == 0:
            vectors = np.zeros((len(units), block.vectors.shape[1]), dtype=np.float32)
        first = np.searchsorted(units[order], block.units, side="left")
        last = np.searchsorted(units[order], block.units, side="right")
        rows = np.repeat(np.arange(len(block.units)), last - first)
        within = np.arange(len(rows)) - np.repeat(np.cumsum(last - first) - (last - first), last - first)
        targets = order[first[rows] + within]
        vectors[targets] = block.vectors[rows]
        found[targets] = True
    return vectors, found


def _stream(source: VectorSource, members: Members, block_rows: int) -> Iterator[KeyBlock]:
    """Give blocks of `block_rows` vectors, the last one smaller: files may hold few vectors each."""
    waiting: list[KeyBlock] = []
    rows = width = 0
    for piece in _pieces(source, members, block_rows):
        width = width or piece.vectors.shape[1]
        if piece.vectors.shape[1] != width:
            raise _differing(source, {width, piece.vectors.shape[1]})
        waiting.append(piece)
        rows += len(piece.units)
        if rows >= block_rows:
            whole = _joined(waiting)
            yield KeyBlock(whole.units[:block_rows], whole.vectors[:block_rows])
            waiting = [KeyBlock(whole.units[block_rows:], whole.vectors[block_rows:])]
            rows -= block_rows
    if rows:
        yield _joined(waiting)


def _joined(blocks: Sequence[KeyBlock]) -> KeyBlock:
    return KeyBlock(
        np.concatenate([block.units for block in blocks]), np.concatenate([block.vectors for block in blocks])
    )


def _pieces(source: VectorSource, members: Members, rows: int) -> Iterator[KeyBlock]:
    wanted = (pc.field("modality") == source.modality) & (pc.field("encoder") == source.encoder)
    for name in source.names:
        filesystem, path = arrow_filesystem(join(source.dataset, "embeddings", name))
        with filesystem.open_input_file(path) as handle:
            file = pq.ParquetFile(handle)
            groups = [g for g in range(file.num_row_groups) if _may_hold(file.metadata.row_group(g), source)]
            for batch in file.iter_batches(rows, row_groups=groups, columns=_COLUMNS) if groups else ():
                block = _block(batch.filter(wanted), source, members)
                if len(block.units):
                    yield block


def _may_hold(group: pq.RowGroupMetaData, source: VectorSource) -> bool:
    """Say whether a row group can hold the modality and encoder, by the statistics that Parquet keeps."""
    columns = {group.column(i).path_in_schema: group.column(i).statistics for i in range(group.num_columns)}
    for name, value in (("modality", source.modality), ("encoder", source.encoder)):
        statistics: Any = columns[name]
        if statistics and statistics.has_min_max and not statistics.min <= value <= statistics.max:
            return False
    return True


def _block(batch: pa.RecordBatch, source: VectorSource, members: Members) -> KeyBlock:
    modality = source.modality
    if modality == "pixels":
        units = members.codes_of(batch["image_id"])
    else:
        units = members.places.find(batch["doc_id"], batch["position"])
        fits = members.is_image[units] == (modality == "words") if len(members) else units != NONE
        units = np.where(fits, units, NONE)
    column: Column = batch["vector"]
    widths: set[int] = set(pc.unique(pc.list_value_length(column)).to_pylist())
    if len(widths) > 1:
        raise _differing(source, widths)
    flat = column.flatten().to_numpy(zero_copy_only=False).astype(np.float32, copy=False)
    vectors = flat.reshape(len(units), -1) if len(units) else np.zeros((0, 0), dtype=np.float32)
    # In double precision: the square of a large but finite number may not be finite.
    norms = np.linalg.norm(vectors.astype(np.float64), axis=1)
    finite = np.isfinite(norms)
    if len(units) >= FEW and not finite.any():
        raise LooseleafError(
            f"None of {len(units)} vectors of {modality} by {source.encoder} in {source.dataset} is finite, "
            "so they cannot be compared: mine with another encoder or run."
        )
    good = (units != NONE) & finite & (norms > 0)
    return KeyBlock(units[good], (vectors[good] / norms[good, None]).astype(np.float32))


def _differing(source: VectorSource, widths: set[int]) -> LooseleafError:
    found = " and ".join(str(width) for width in sorted(widths))
    return LooseleafError(
        f"Vectors of {source.modality} by {source.encoder} in {source.dataset} have {found} numbers, "
        "so they cannot be compared: mine the dataset again."
    )
