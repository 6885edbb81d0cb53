"""Documents that were published again: shards in which every second training document has three copies.

A copy has another name and no family in common with its original. Half of the documents were copied with the
very same pictures; those of the others were compressed anew, so that vectors moved a little, those of texts
as well.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from flows.bench.copying import documents_of
from storage.filesystem import exists, join
from storage.shards import ShardDocument, open_shards, write_shards

#: Length of what is added to a vector, as a share of its own.
_MOVED = 0.05
_COPIES = 3
_BLOCK = 8


def write_with_duplicates(shards: str, folder: str) -> str:
    """Write the documents of `shards` with copies of every second training document; return the folder."""
    if exists(join(folder, "index.json")):
        return folder
    reader = open_shards(shards)
    blocks = [list(documents_of(reader, number)) for number in range(len(reader.block_offsets) - 1)]
    training = [document for block in blocks for document in block if document.split == "train"]
    draw = np.random.default_rng(0)
    copies = [
        _copy(document, number, draw, anew=n % 2 == 1)
        for n, document in enumerate(training[::2])
        for number in range(_COPIES)
    ]
    mixed = [copies[index] for index in draw.permutation(len(copies))]
    blocks += [mixed[start : start + _BLOCK] for start in range(0, len(mixed), _BLOCK)]
    spec = replace(reader.index.spec, build_id=f"{reader.index.spec.build_id}-duplicates", tokens=())
    write_shards(folder, blocks, spec)
    return folder


def _copy(document: ShardDocument, number: int, draw: np.random.Generator, *, anew: bool) -> ShardDocument:
    again = f"{document.doc_id}-again-{number}"
    copy = replace(document, doc_id=again, group_id=again, family=again)
    if not anew:
        return copy
    return replace(
        copy,
        image_id=[f"{name}-again-{number}" for name in document.image_id],
        pixels=_moved(document.pixels, draw),
        words=_moved(document.words, draw),
        text_features=_moved(document.text_features, draw),
    )


def _moved(vectors: NDArray[np.float32], draw: np.random.Generator) -> NDArray[np.float32]:
    steps = draw.normal(size=vectors.shape)
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    unit = steps / np.maximum(np.linalg.norm(steps, axis=1, keepdims=True), 1e-12)
    return (vectors + _MOVED * lengths * unit).astype(np.float32)
