"""Documents that were published twice: shards in which every second training document has a copy.

A copy has another name and no family in common with its original. Half of the copies show the very same
pictures; those of the others were compressed anew, so that vectors moved a little, those of texts as well.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from storage.filesystem import exists, join
from storage.shards import ShardDocument, ShardReader, open_shards, write_shards

#: Length of what is added to a vector, as a share of its own.
_MOVED = 0.05
_BLOCK = 8


def write_with_duplicates(shards: str, folder: str) -> str:
    """Write the documents of `shards` and copies of every second training document; return the folder."""
    if exists(join(folder, "index.json")):
        return folder
    reader = open_shards(shards)
    blocks = [list(_documents(reader, number)) for number in range(len(reader.block_offsets) - 1)]
    training = [document for block in blocks for document in block if document.split == "train"]
    draw = np.random.default_rng(0)
    copies = [_copy(document, draw, anew=n % 2 == 1) for n, document in enumerate(training[::2])]
    mixed = [copies[index] for index in draw.permutation(len(copies))]
    blocks += [mixed[start : start + _BLOCK] for start in range(0, len(mixed), _BLOCK)]
    spec = replace(reader.index.spec, build_id=f"{reader.index.spec.build_id}-duplicates")
    write_shards(folder, blocks, spec)
    return folder


def _copy(document: ShardDocument, draw: np.random.Generator, *, anew: bool) -> ShardDocument:
    again = f"{document.doc_id}-again"
    copy = replace(document, doc_id=again, group_id=again, family=again)
    if not anew:
        return copy
    return replace(
        copy,
        image_id=[f"{name}-again" for name in document.image_id],
        pixels=_moved(document.pixels, draw),
        words=_moved(document.words, draw),
        text_features=_moved(document.text_features, draw),
    )


def _moved(vectors: NDArray[np.float32], draw: np.random.Generator) -> NDArray[np.float32]:
    steps = draw.normal(size=vectors.shape)
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    unit = steps / np.maximum(np.linalg.norm(steps, axis=1, keepdims=True), 1e-12)
    return (vectors + _MOVED * lengths * unit).astype(np.float32)


def _documents(reader: ShardReader, number: int) -> Iterator[ShardDocument]:
    """Give the documents of a block one by one, without their pictures' bytes."""
    batch = reader.block(number)
    image_ends, text_ends = batch.image_offsets.tolist(), batch.text_offsets.tolist()
    for index in range(len(batch)):
        images = slice(image_ends[index], image_ends[index + 1])
        texts = slice(text_ends[index], text_ends[index + 1])
        pairs = slice(int(batch.prior_offsets[index]), int(batch.prior_offsets[index + 1]))
        shape = (images.stop - images.start, texts.stop - texts.start)
        yield ShardDocument(
            doc_id=batch.doc_ids[index],
            group_id=batch.group_ids[index],
            source=batch.sources[index],
            family=batch.families[index],
            split=str(reader.splits[batch.doc_indices[index]]),
            image_position=batch.image_position[images].tolist(),
            image_id=batch.image_ids[images],
            image_name=batch.image_names[images],
            image_section=batch.image_section[images].tolist(),
            text_position=batch.text_position[texts].tolist(),
            text=batch.texts[texts],
            text_section=batch.text_section[texts].tolist(),
            caption_of=batch.caption_of[texts].tolist(),
            prior=batch.prior[pairs].reshape(shape),
            pixels=batch.pixels[images],
            words=batch.words[images],
            text_features=batch.text_features[texts],
            picture_words=batch.picture_words[images],
            link=batch.link[pairs].reshape(shape) if batch.has_links[index] else None,
        )
