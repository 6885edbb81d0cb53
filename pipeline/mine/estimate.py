"""The guard that was learned: which documents are one, as far as the locked encoders can tell."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
import numpy.typing as npt

from pipeline.mine.members import Ints, Members
from pipeline.mine.top_k import Floats, KeyBlock
from pipeline.mine.vectors import gather
from storage.false_negatives import MOST, Estimate, Features, features, fit_estimate, likeness

Blocks = Callable[[], Iterator[KeyBlock]]

_PAIRS_AT_ONCE = 8192
#: Members of a document that are compared, of each kind.
_MEMBERS = 32


class FalseNegatives:
    """Gives the probability that two documents are one; holds the vectors of some documents at a time.

    Args:
        members: who is where.
        pixels: vectors of images by an encoder that was not trained here.
        texts: and of texts.
    """

    def __init__(self, members: Members, pixels: Blocks, texts: Blocks) -> None:
        self._members, self._pixels, self._texts = members, pixels, texts
        self._known: dict[tuple[int, int], tuple[float, float]] = {}
        self._estimate = self._fitted()

    @property
    def estimate(self) -> Estimate | None:
        """The estimate; None where there are too few documents or vectors to fit one."""
        return self._estimate

    def probability(self, docs: Ints, others: Ints) -> npt.NDArray[np.float64]:
        """Return the probability, [P], that the documents `docs` [P] and `others` [P] are one; else NaN."""
        if self._estimate is None:
            return np.full(len(docs), np.nan)
        return self._estimate.probability(self.likeness(docs, others))

    def likeness(self, docs: Ints, others: Ints) -> npt.NDArray[np.float64]:
        """Return how alike the documents `docs` [P] and `others` [P] are, by images and by texts, [P, 2].

        It does not depend on any other document, as the probability does.
        """
        low, high = np.minimum(docs, others), np.maximum(docs, others)
        pairs, index = np.unique(np.stack([low, high], axis=1), axis=0, return_inverse=True)
        keys = [(first, second) for first, second in pairs.tolist()]
        fresh = [key for key in keys if key not in self._known]
        for start in range(0, len(fresh), _PAIRS_AT_ONCE):
            self._look(fresh[start : start + _PAIRS_AT_ONCE])
        found = np.array([self._known[key] for key in keys], dtype=np.float64).reshape(-1, 2)
        return found[index.reshape(-1)]

    def _look(self, pairs: list[tuple[int, int]]) -> None:
        held = self._features(np.unique(np.array(pairs, dtype=np.int64)))
        for first, second in pairs:
            self._known[first, second] = likeness(held[first], held[second])

    def _fitted(self) -> Estimate | None:
        images, texts = (np.unique(self._members.doc[kind]) for kind in self._kinds())
        both = np.intersect1d(images, texts)
        chosen = np.random.default_rng(0).permutation(both)[:MOST]
        return fit_estimate(list(self._features(np.sort(chosen)).values()))

    def _kinds(self) -> tuple[npt.NDArray[np.bool_], npt.NDArray[np.bool_]]:
        return self._members.is_image, ~self._members.is_image

    def _features(self, docs: Ints) -> dict[int, Features]:
        wanted = np.isin(self._members.doc, docs)
        images, texts = (np.flatnonzero(wanted & kind) for kind in self._kinds())
        rows = self._rows(images, self._members.image, self._pixels), self._rows(texts, None, self._texts)
        return {doc: features(rows[0](doc), rows[1](doc)) for doc in docs.tolist()}

    def _rows(self, at: Ints, codes: Ints | None, blocks: Blocks) -> Callable[[int], Floats]:
        """Return a function from a document to the vectors of its first members among `at`."""
        docs = self._members.doc[at]
        order = np.argsort(docs, kind="stable")
        at, docs = at[order], docs[order]
        within = np.arange(len(docs)) - np.searchsorted(docs, docs)
        at, docs = at[within < _MEMBERS], docs[within < _MEMBERS]
        vectors, _ = gather(blocks(), at if codes is None else codes[at])
        return lambda doc: vectors[slice(*np.searchsorted(docs, [doc, doc + 1]))]
