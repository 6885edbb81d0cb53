"""Similarity matrices of some held-out documents, for a person to look at."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from storage.shards import RaggedBatch, ShardReader
from training.chance import key_of
from training.config import EncoderSettings
from training.data import usable_documents
from training.evaluation.corpus import encode_documents
from training.model import UnalignedModel

#: A matrix that fits a page: images, texts.
_IMAGES = (2, 8)
_TEXTS = (3, 24)


def chosen_documents(reader: ShardReader, count: int) -> NDArray[np.int64]:
    """Choose held-out documents whose matrix fits a page, from every source in turn.

    The test split comes first, then the valid one. The choice depends on the documents alone; where too few
    fit, there are fewer.

    Returns:
        Document numbers, ascending, at most `count`.
    """
    queues: dict[str, list[tuple[int, int, int]]] = {}
    for rank, split in enumerate(("test", "valid")):
        documents = usable_documents(reader, split)
        batch = reader.batch(documents)
        images, texts = np.diff(batch.image_offsets), np.diff(batch.text_offsets)
        fits = (images >= _IMAGES[0]) & (images <= _IMAGES[1]) & (texts >= _TEXTS[0]) & (texts <= _TEXTS[1])
        for index in np.flatnonzero(fits).tolist():
            place = (rank, key_of(batch.doc_ids[index]), int(documents[index]))
            queues.setdefault(batch.sources[index], []).append(place)
    turns = [
        (turn, source, place[2])
        for source, queue in queues.items()
        for turn, place in enumerate(sorted(queue))
    ]
    return np.array(sorted(document for _, _, document in sorted(turns)[:count]), dtype=np.int64)


def matrices(
    model: UnalignedModel, reader: ShardReader, documents: NDArray[np.int64], encoders: EncoderSettings
) -> list[dict[str, Any]]:
    """Return each document's cosines with what they are between, ready for JSON.

    Returns:
        For each: doc_id, source, images, texts, `matrix` (images by texts), `truth` of the same shape, and
        `truth_kind` (links or sections).
    """
    return [
        _matrix(model, reader.batch(documents[i : i + 1]), reader, encoders) for i in range(len(documents))
    ]


def _matrix(
    model: UnalignedModel, batch: RaggedBatch, reader: ShardReader, encoders: EncoderSettings
) -> dict[str, Any]:
    vectors = encode_documents(model, reader, batch.doc_indices, encoders, parts=("both",))
    cosines = vectors.images["both"] @ vectors.texts.T
    linked = bool(batch.has_links[0])
    same_section = batch.image_section[:, None] == batch.text_section[None, :]
    truth = batch.link.reshape(cosines.shape) > 0 if linked else same_section
    return {
        "doc_id": batch.doc_ids[0],
        "source": batch.sources[0],
        "images": [
            {"position": position, "image_id": image_id, "words": words, "section": section}
            for position, image_id, words, section in zip(
                batch.image_position.tolist(),
                batch.image_ids,
                batch.image_names,
                batch.image_section.tolist(),
                strict=True,
            )
        ],
        "texts": [
            {"position": position, "text": text, "section": section}
            for position, text, section in zip(
                batch.text_position.tolist(), batch.texts, batch.text_section.tolist(), strict=True
            )
        ],
        "matrix": np.round(cosines.astype(np.float64), 4).tolist(),
        "truth": truth.astype(int).tolist(),
        "truth_kind": "links" if linked else "sections",
    }
