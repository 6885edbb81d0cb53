"""MinHash signatures of documents, by `rensa`."""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import blake2b

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

    known: dict[str, int] = {}
    shingled = [_shingles(words, known) for words in documents]
    offsets = np.cumsum([0, *map(len, shingled)], dtype=np.uint64)
    flat = np.concatenate([np.empty(0, np.uint64), *shingled])
    matrix = RMinHash.digest_matrix_from_flat_token_hashes(flat, offsets, BANDS * ROWS, _SEED)
    return [row if len(grams) else None for row, grams in zip(matrix.to_rows(), shingled, strict=True)]


def _shingles(words: Sequence[str], known: dict[str, int]) -> npt.NDArray[np.uint64]:
    """Return a 64-bit hash of every run of five words."""
    if len(words) < GRAM:
        return np.empty(0, np.uint64)
    for word in words:
        if word not in known:
            known[word] = int.from_bytes(blake2b(word.encode("utf-8", "replace"), digest_size=8).digest())
    hashes = np.fromiter((known[word] for word in words), np.uint64, len(words))
    count = len(words) - GRAM + 1
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
