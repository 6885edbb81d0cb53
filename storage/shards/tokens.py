"""Tokens of images and texts in a shard: a column of half floats for each scale, and one of their counts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from storage.shards.slab import Run

if TYPE_CHECKING:
    from storage.shards.document import ShardDocument
    from storage.shards.index import ShardSpec

Halves = NDArray[np.float16]

#: The scales that shards may hold, and what a token of each is a part of.
TOKEN_SCALES = {"tiles": "images", "patches": "images", "sentences": "texts", "words": "texts"}


@dataclass(frozen=True)
class PackedTokens:
    """Tokens of one scale of n units, unit after unit."""

    vectors: Halves  # [sum of counts, width]
    counts: NDArray[np.int32]  # [n]


def token_modality(scale: str) -> str:
    """Return what the table `embeddings` calls the tokens of a scale: its vectors hold those of one unit."""
    return f"{scale}_tokens"


def token_width(spec: ShardSpec, scale: str) -> int:
    """Return the width of the tokens of a scale: that of the features of what they are a part of."""
    return spec.pixel_width if TOKEN_SCALES[scale] == "images" else spec.text_width


def token_fields(scales: Sequence[str]) -> list[pa.Field]:
    """Return the columns that shards with tokens have besides."""
    types: dict[str, pa.DataType] = {"": pa.list_(pa.float16()), "_count": pa.list_(pa.int32())}
    return [pa.field(token_modality(scale) + end, kind) for scale in scales for end, kind in types.items()]


def token_columns(documents: Sequence[ShardDocument], scales: Sequence[str]) -> dict[str, pa.Array]:
    """Return the columns of `token_fields`."""
    columns: dict[str, Any] = {}
    for scale in scales:
        name = token_modality(scale)
        of_units = [document.tokens[scale] for document in documents]
        flat = [np.concatenate([_NONE, *(tokens.ravel() for tokens in units)]) for units in of_units]
        columns[name] = _lists(flat, pa.float16())
        columns[f"{name}_count"] = _lists(
            [np.array([len(t) for t in u], np.int32) for u in of_units], pa.int32()
        )
    return columns


def check_tokens(document: ShardDocument, spec: ShardSpec, sizes: Mapping[str, int]) -> None:
    """Check that a document has the tokens that the spec says.

    Args:
        document: with M images and N texts.
        spec: of the shards.
        sizes: M as `images`, N as `texts`.

    Raises:
        ValueError: if it has not.
    """
    if set(document.tokens) != set(spec.tokens):
        raise ValueError(
            f"document {document.doc_id} has tokens of {sorted(document.tokens)}, not {sorted(spec.tokens)}"
        )
    for scale, units in document.tokens.items():
        wanted = sizes[TOKEN_SCALES[scale]]
        if len(units) != wanted:
            raise ValueError(f"{scale} of document {document.doc_id} are of {len(units)} units, not {wanted}")
        width = token_width(spec, scale)
        if any(tokens.ndim != 2 or tokens.shape[1] != width for tokens in units):
            raise ValueError(f"{scale} of document {document.doc_id} are not {width} wide")


def packed_tokens(runs: Sequence[Run], scale: str, width: int) -> PackedTokens:
    """Return the tokens of a scale of all documents of `runs`."""
    name = token_modality(scale)
    vectors = [_values(run, name) for run in runs]
    counts = [_values(run, f"{name}_count") for run in runs]
    return PackedTokens(
        np.concatenate([_NONE, *vectors]).reshape(-1, width)
        if len(vectors) != 1
        else vectors[0].reshape(-1, width),
        np.concatenate([np.empty(0, np.int32), *counts]),
    )


_NONE = np.empty(0, np.float16)


def _values(run: Run, name: str) -> NDArray[Any]:
    lists: Any = run.slab.rows.column(name)
    offsets = lists.offsets.to_numpy()
    values: NDArray[Any] = lists.values.to_numpy()
    return values[offsets[run.start] : offsets[run.stop]]


def _lists(rows: Sequence[NDArray[Any]], kind: pa.DataType) -> Any:
    offsets = np.cumsum([0, *map(len, rows)]).astype(np.int32)
    values = np.concatenate([np.empty(0, kind.to_pandas_dtype()), *rows])
    lists: Any = pa.ListArray
    return lists.from_arrays(pa.array(offsets), pa.array(values.astype(kind.to_pandas_dtype()), kind))
