"""MinHash signatures of documents, by `rensa`."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from hashlib import blake2b
from itertools import chain

import numpy as np
import numpy.typing as npt

#: datatrove's defaults: words of a shingle, bands and rows of a band.
GRAM = 5
BANDS = 14
ROWS = 8
_SEED = 1
_MULTIPLIER = np.uint64(0x9E3779B97F4A7C15)


def signatures(documents: Sequence[Sequence[str]]) -> list[list[int] | None]:
    """Return for each document, a sequence of words, its 112 minima; None for fewer than five words.

    The share of equal minima estimates the Jaccard similarity of the sets of word 5-grams (Broder 1997). The
    same words give the same signature on every machine.
    """
    from rensa import RMinHash  # noqa: PLC0415 (only those who hash need it)

    lengths = np.fromiter(map(len, documents), np.int64, len(documents))
    shingles = _shingles(np.fromiter(map(_hash, chain.from_iterable(documents)), np.uint64, lengths.sum()))
    counts = np.maximum(lengths - (GRAM - 1), 0)
    starts = np.cumsum(lengths) - lengths
    # Of all runs of five words those that cross from one document into the next are left out.
    within = np.repeat(starts - (np.cumsum(counts) - counts), counts) + np.arange(counts.sum())
    offsets = np.concatenate([[0], np.cumsum(counts)]).astype(np.uint64)
    matrix = RMinHash.digest_matrix_from_flat_token_hashes(shingles[within], offsets, BANDS * ROWS, _SEED)
    return [row if count else None for row, count in zip(matrix.to_rows(), counts, strict=True)]


@lru_cache(maxsize=1 << 18)
def _hash(word: str) -> int:
    return int.from_bytes(blake2b(word.encode("utf-8", "replace"), digest_size=8).digest())


def _shingles(hashes: npt.NDArray[np.uint64]) -> npt.NDArray[np.uint64]:
    """Return a 64-bit hash of every run of five words."""
    count = max(len(hashes) - GRAM + 1, 0)
    total = np.zeros(count, np.uint64)
    for place in range(GRAM):
        total = total * _MULTIPLIER + hashes[place : place + count]
    return _mixed(total)


def _mixed(values: npt.NDArray[np.uint64]) -> npt.NDArray[np.uint64]:
    """Spread every bit of a sum over all bits (the finalizer of splitmix64)."""
    values ^= values >> np.uint64(30)
    values *= np.uint64(0xBF58476D1CE4E5B9)
    values ^= values >> np.uint64(27)
    values *= np.uint64(0x94D049BB133111EB)
    return values ^ (values >> np.uint64(31))
