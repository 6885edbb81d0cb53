"""Near-duplicate texts as equal numbers: MinHash of word 5-grams in bands.

Broder 1997; 14 bands of 8 hashes, as datatrove has it: texts whose 5-grams overlap by 0.8 (Jaccard) share a
band with probability 0.92, by 0.5 with 0.05.
"""

from __future__ import annotations

import zlib
from functools import lru_cache
from typing import TypeAlias

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from training.chance import key_of

BANDS = 14
_ROWS = 8
_GRAM = 5
_PRIME = (1 << 31) - 1
_Integers: TypeAlias = NDArray[np.int64]


def text_bands(texts: list[str]) -> Tensor:
    """Return the bands of each text, int64 [N, 14]; texts that share one are near-duplicates.

    A text without words has -1 in each band: it is like none.
    """
    rows = [_bands(text) for text in texts]
    return torch.from_numpy(np.stack(rows)) if rows else torch.zeros(0, BANDS, dtype=torch.int64)


@lru_cache(maxsize=1 << 16)
def _bands(text: str) -> _Integers:
    words = text.casefold().split()
    if not words:
        return np.full(BANDS, -1, np.int64)
    grams = {" ".join(words[start : start + _GRAM]) for start in range(max(len(words) - _GRAM + 1, 1))}
    hashes = np.array([zlib.crc32(gram.encode()) % _PRIME for gram in grams], dtype=np.int64)
    factors, shifts = _permutations()
    least = ((hashes[:, None] * factors + shifts) % _PRIME).min(axis=0).reshape(BANDS, _ROWS)
    return np.array([key_of(f"{band}/{row.tobytes().hex()}") for band, row in enumerate(least)])


@lru_cache(maxsize=1)
def _permutations() -> tuple[_Integers, _Integers]:
    random = np.random.default_rng(0)
    return (
        random.integers(1, _PRIME, BANDS * _ROWS, dtype=np.int64),
        random.integers(0, _PRIME, BANDS * _ROWS, dtype=np.int64),
    )
