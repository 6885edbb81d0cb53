"""The guards against false negatives: which pairs of members are too alike, whatever their vectors say."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from pipeline.mine.load import table_batches
from pipeline.mine.members import NONE, Ints, Members
from pipeline.mine.texts import Sketch, jaccard, sketch

Bools = npt.NDArray[np.bool_]

SAME_DOCUMENT = "same_document"
NEAR_DUPLICATE_IMAGE = "near_duplicate_image"
NEAR_DUPLICATE_TEXT = "near_duplicate_text"
FALSE_NEGATIVE = "false_negative"
MARKED = "marked"

_PAIRS_AT_ONCE = 1_000_000


def same_image(members: Members, images: Ints, others: Ints, distance: int) -> Bools:
    """Return, for each pair of image codes, whether they are one image or differ in at most `distance` bits.

    An image without a perceptual hash is only like itself.
    """
    bits = np.bitwise_count(members.phash[images] ^ members.phash[others])
    hashed = members.has_phash[images] & members.has_phash[others]
    return (images == others) | (hashed & (bits <= distance))


def document_holds(members: Members, images: Ints, docs: Ints, distance: int | None) -> Bools:
    """Return, for each pair of image code and document, whether the document holds such an image.

    Args:
        members: who is where.
        images: codes (P).
        docs: documents (P).
        distance: bits by which perceptual hashes may differ; None asks for the very same image.
    """
    held = np.zeros(len(images), dtype=np.bool_)
    for start in range(0, len(images), _step(members, docs)):
        part = slice(start, start + _step(members, docs))
        index, others = members.images_of_doc.expand(docs[part])
        ours = images[part][index]
        alike = (ours == others) if distance is None else same_image(members, ours, others, distance)
        np.logical_or.at(held[part], index, alike)
    return held


def _step(members: Members, docs: Ints) -> int:
    """Return how many pairs can be expanded at once, if every document were as large as the largest."""
    if len(docs) == 0:
        return 1
    largest = int(np.max(members.images_of_doc.offsets[docs + 1] - members.images_of_doc.offsets[docs]))
    return max(1, _PAIRS_AT_ONCE // max(1, largest))


class TextComparer:
    """Says which texts are near-duplicates; reads each text once, when it is first asked about."""

    def __init__(self, dataset: str, names: Sequence[str], members: Members, threshold: float) -> None:
        self._dataset = dataset
        self._names = names
        self._members = members
        self._threshold = threshold
        self._sketches: dict[int, Sketch] = {}

    def alike(self, texts: Ints, others: Ints) -> Bools:
        """Return, for each pair of members that are texts, whether they have about the same words."""
        self._read(np.union1d(texts, others))
        same = self._members.text_class[texts] == self._members.text_class[others]
        for pair in np.flatnonzero(~same):
            same[pair] = self._near(self._sketches[int(texts[pair])], self._sketches[int(others[pair])])
        return same

    def _near(self, first: Sketch, second: Sketch) -> bool:
        # The overlap is at most the smaller set over the larger one.
        if min(len(first), len(second)) < self._threshold * max(len(first), len(second)):
            return False
        return jaccard(first, second) >= self._threshold

    def _read(self, members: Ints) -> None:
        wanted = np.zeros(len(self._members), dtype=np.bool_)
        wanted[[member for member in members.tolist() if member not in self._sketches]] = True
        if not wanted.any():
            return
        for batch in table_batches(self._dataset, "elements", self._names, ["doc_id", "position", "text"]):
            found = self._members.places.find(batch["doc_id"], batch["position"])
            rows = np.flatnonzero((found != NONE) & wanted[found])
            texts = batch["text"].take(rows).to_pylist()
            for member, text in zip(found[rows].tolist(), texts, strict=True):
                self._sketches[member] = sketch(str(text or ""))


def related_alike(members: Members, comparer: TextComparer, images: Ints, texts: Ints) -> Bools:
    """Return, for each pair of image and text (members), whether a text beside the image is like it."""
    index, beside = members.related.expand(images)
    alike = np.zeros(len(images), dtype=np.bool_)
    np.logical_or.at(alike, index, comparer.alike(beside, texts[index]))
    return alike
