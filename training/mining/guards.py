"""Which of the documents that a model takes for each other may be one after all."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from storage.false_negatives import MOST, Estimate, Features, features, fit_estimate, likeness
from storage.shards import ShardReader
from training.chance import key_of
from training.mining.settings import MiningSettings

Indices = NDArray[np.int64]

#: Documents whose features are kept at hand.
_AT_HAND = 4096


@dataclass(frozen=True)
class Judged:
    """What the guards say of a document's candidates."""

    kept: NDArray[np.bool_]  # [k]
    probability: NDArray[np.float64]  # [k], that it is a false negative; 0 where there is no estimate
    refused: Counter[str]


class Guards:
    """The guards of a dataset.

    The estimate is left out where the shards hold too few documents for it, or no locked features.

    Args:
        reader: the shards.
        documents: that train; the estimate is fitted on some of them.
        settings: which guards are asked.
        seed: of what is drawn for the estimate.
    """

    def __init__(self, reader: ShardReader, documents: Indices, settings: MiningSettings, seed: int) -> None:
        self._reader, self._settings = reader, settings
        self._features = lru_cache(_AT_HAND)(self._read_features)
        self._images = lru_cache(_AT_HAND)(self._read_images)
        self._estimate = self._fitted(documents, seed) if "estimate" in settings.guards else None

    def judge(self, document: int, candidates: Indices, excess: NDArray[np.floating]) -> Judged:
        """Say which candidates may be negatives of a document; each guard is asked after those before it.

        Args:
            document: its number.
            candidates: numbers of other documents, [k].
            excess: by how much each is more similar to the document than it is to itself, [k].
        """
        kept = np.ones(len(candidates), dtype=np.bool_)
        probability = np.zeros(len(candidates))
        refused: Counter[str] = Counter()
        for guard in self._settings.guards:
            if guard == "image":
                own = self._images(document)
                no = np.array([not own.isdisjoint(self._images(other)) for other in candidates.tolist()])
            elif guard == "margin":
                no = excess > self._settings.margin
            else:
                probability = self._probability(document, candidates)
                no = probability > self._settings.most_false
            refused[guard] += int((kept & no).sum())
            kept &= ~no.astype(np.bool_)
        return Judged(kept, probability, refused)

    def _probability(self, document: int, candidates: Indices) -> NDArray[np.float64]:
        if self._estimate is None:
            return np.zeros(len(candidates))
        own = self._features(document)
        pairs = [likeness(own, self._features(other)) for other in candidates.tolist()]
        return self._estimate.probability(np.array(pairs).reshape(-1, 2))

    def _fitted(self, documents: Indices, seed: int) -> Estimate | None:
        spec = self._reader.index.spec
        if not spec.pixel_width or not spec.text_width:
            return None
        draw = np.random.default_rng(key_of(f"estimate/{seed}"))
        chosen = np.sort(draw.permutation(documents)[:MOST])
        return fit_estimate([self._features(document) for document in chosen.tolist()], seed)

    def _read_features(self, document: int) -> Features:
        batch = self._reader.batch([document])
        return features(batch.pixels, batch.text_features)

    def _read_images(self, document: int) -> frozenset[str]:
        return frozenset(self._reader.batch([document]).image_ids) - {""}
