"""Names clusters by the words that set them apart (class-based tf-idf; Grootendorst, arXiv:2203.05794)."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Collection, Iterable, Sequence

_WORD = re.compile(r"[^\W\d_][\w-]{2,}")
_WORDS = 3
#: A word that stands in more of all units than this says nothing of one cluster.
_COMMON = 0.6


def name_clusters(
    units: Iterable[tuple[int, str]], number: int, ignored: Collection[str] = frozenset()
) -> list[str]:
    """Return a name for each cluster: the words that its units have and others have not.

    Args:
        units: the cluster and the words of each unit.
        number: of clusters.
        ignored: words that say nothing, in small letters.
    """
    counts: list[Counter[str]] = [Counter() for _ in range(number)]
    sizes = [0] * number
    for cluster, text in units:
        counts[cluster].update({word.lower() for word in _WORD.findall(text)})
        sizes[cluster] += 1
    overall: Counter[str] = Counter()
    for counter in counts:
        overall.update(counter)
    total = max(1, sum(sizes))
    mean = total / max(1, number)
    names = []
    for cluster, counter in enumerate(counts):
        size = max(1, sizes[cluster])
        merit = {
            word: (count / size) * math.log(1 + mean / overall[word])
            for word, count in counter.items()
            if word not in ignored and overall[word] <= max(_COMMON * total, 2) and (count > 1 or size == 1)
        }
        best = sorted(merit, key=lambda word: (-merit[word], word))
        names.append(", ".join(_apart(best)) or f"cluster {cluster + 1}")
    return names


def _apart(words: Sequence[str]) -> list[str]:
    """Return the first words of which none begins another: one of `layer` and `layers` is enough."""
    chosen: list[str] = []
    for word in words:
        if not any(word.startswith(other) or other.startswith(word) for other in chosen):
            chosen.append(word)
        if len(chosen) == _WORDS:
            break
    return chosen
