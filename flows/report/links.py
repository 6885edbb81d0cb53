"""The texts that a run's model finds most like each image, within the image's own document."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from flows.report.space import Space
from storage.shards import RaggedBatch
from training.evaluation.corpus import encode_documents

_STRONGEST = 3
_TEXT = 140  # letters that are shown


@dataclass(frozen=True)
class Link:
    """One text of an image's document."""

    position: int
    text: str
    weight: float  # softmax over the document's texts, at the model's scale
    cosine: float
    right: bool  # a known link, else whether both stand in one section


def strongest_links(space: Space, doc_id: str) -> dict[int, list[Link]]:
    """Return the strongest texts of each image, by the image's position; empty if it was not packed."""
    number = space.number_of.get(doc_id)
    if number is None:
        return {}
    chosen = np.array([number])
    batch = space.reader.batch(chosen)
    model = space.trained.model
    vectors = encode_documents(model, space.reader, chosen, space.trained.config.encoders, parts=("both",))
    cosines = vectors.images["both"] @ vectors.texts.T
    logits = float(model.scale.detach()) * cosines
    weights = np.exp(logits - logits.max(axis=1, keepdims=True))
    weights /= weights.sum(axis=1, keepdims=True)
    truth = true_pairs(batch, 0)
    return {
        int(position): [
            Link(
                int(batch.text_position[text]),
                shortened(batch.texts[text]),
                float(weights[row, text]),
                float(cosines[row, text]),
                bool(truth[row, text]),
            )
            for text in np.argsort(-cosines[row], kind="stable")[:_STRONGEST].tolist()
        ]
        for row, position in enumerate(batch.image_position.tolist())
    }


def true_pairs(batch: RaggedBatch, document: int) -> NDArray[np.bool_]:
    """Return which images and texts of a document belong together, [M, N].

    Known links where there are any, else images and texts of one section.
    """
    images = slice(*batch.image_offsets[document : document + 2].tolist())
    texts = slice(*batch.text_offsets[document : document + 2].tolist())
    if not batch.has_links[document]:
        same: NDArray[np.bool_] = batch.image_section[images, None] == batch.text_section[None, texts]
        return same
    pairs = slice(*batch.prior_offsets[document : document + 2].tolist())
    shape = (images.stop - images.start, texts.stop - texts.start)
    linked: NDArray[np.bool_] = batch.link[pairs].reshape(shape) > 0
    return linked


def shortened(text: str, letters: int = _TEXT) -> str:
    """Return a text in one line, cut at a word."""
    line = " ".join(text.split())
    return line if len(line) <= letters else line[:letters].rsplit(" ", 1)[0] + " …"
