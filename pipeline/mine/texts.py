"""When two texts are the same for our purpose: sets of hashed word pairs that overlap."""

from __future__ import annotations

import hashlib
import re
import zlib
from itertools import pairwise

#: A long text is compared by so many of its hashes, the smallest ones: up to then the overlap is exact.
SKETCH = 256
_WORD = re.compile(r"\w+")

Sketch = frozenset[int]


def normalised(text: str) -> list[str]:
    """Return the words of a text, without case and punctuation."""
    return _WORD.findall(text.casefold())


def text_class(text: str) -> int:
    """Return a 63-bit number that is equal for texts with equal words."""
    digest = hashlib.blake2b("\0".join(normalised(text)).encode(), digest_size=8).digest()
    return int.from_bytes(digest, "big") >> 1


def sketch(text: str) -> Sketch:
    """Return the smallest hashes of the text's pairs of neighbouring words (of its word, if there is one).

    Numbers count as words, so that two reports of one template that differ in their figures differ here.
    """
    words = normalised(text)
    shingles = [" ".join(pair) for pair in pairwise(words)] or words
    return frozenset(sorted({zlib.crc32(shingle.encode()) for shingle in shingles})[:SKETCH])


def jaccard(first: Sketch, second: Sketch) -> float:
    """Return shared over all shingles, 0 to 1; of large sets an estimate from the smallest hashes of both.

    Two empty texts are equal: 1. (Broder 1997, bottom-k sketches.)
    """
    union = first | second
    if not union:
        return 1.0
    smallest = sorted(union)[:SKETCH] if len(union) > SKETCH else union
    return sum(shingle in first and shingle in second for shingle in smallest) / len(smallest)
