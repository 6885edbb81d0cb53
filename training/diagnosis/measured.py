"""What the checks look at: vectors of held-out documents, and the lines of a training so far."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from storage.shards import RaggedBatch, ShardReader
from training.config import TrainConfig
from training.evaluation.corpus import Corpus
from training.metrics.checks import Floats, Integers

#: Units of one modality that a check looks at: enough for its number, few enough for all pairs.
_MOST_UNITS = 2000
#: Steps that count as recent.
_RECENT = 20


@dataclass(frozen=True)
class Features:
    """What the locked encoders gave for held-out documents; a width of 0 where an encoder is trained."""

    pixels: NDArray[np.float32]  # [ΣM, Dp]
    texts: NDArray[np.float32]  # [ΣN, Dt]


@dataclass(frozen=True)
class Space:
    """Held-out documents in the joint space."""

    corpus: Corpus
    features: Features
    images: NDArray[np.float32]  # [ΣM, d]
    texts: NDArray[np.float32]  # [ΣN, d]

    @property
    def modalities(self) -> list[tuple[str, Floats, Floats]]:
        """Name, vectors and encoder features of each modality, evenly thinned."""
        return [
            (name, thinned(vectors), thinned(features))
            for name, vectors, features in (
                ("images", self.images, self.features.pixels),
                ("texts", self.texts, self.features.texts),
            )
            if len(vectors)
        ]


@dataclass(frozen=True)
class History:
    """The lines of progress up to now."""

    config: TrainConfig
    lines: Sequence[Mapping[str, Any]]

    @property
    def recent(self) -> Sequence[Mapping[str, Any]]:
        """The last tenth of the steps taken, at least 20 of them; empty before there are so many."""
        return self.lines[-max(_RECENT, len(self.lines) // 10) :] if len(self.lines) >= _RECENT else ()

    @property
    def looks(self) -> list[Mapping[str, Any]]:
        """The lines at which held-out documents were measured."""
        return [line for line in self.lines if line.get("valid_in_doc_auc") is not None]


def read_features(reader: ShardReader, documents: Integers) -> Features:
    """Return the packed features of documents, by number."""
    batch: RaggedBatch = reader.batch(documents)
    return Features(np.asarray(batch.pixels), np.asarray(batch.text_features))


def thinned(rows: Floats, most: int = _MOST_UNITS) -> Floats:
    """Return at most `most` rows, evenly spaced."""
    return rows if len(rows) <= most else rows[np.linspace(0, len(rows) - 1, most).astype(np.int64)]


def column(lines: Sequence[Mapping[str, Any]], name: str) -> NDArray[np.float64]:
    """Return a number of every line, NaN where a line lacks it."""
    return np.array([line.get(name, np.nan) for line in lines], dtype=np.float64)
