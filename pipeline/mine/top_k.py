"""The exact nearest keys of each query, in blocks, so that only a slice of all scores is in memory."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float32]
Ints = npt.NDArray[np.int64]

#: What a refusal for a score above a query's ceiling is counted under.
CEILING = "too_similar"
_NOTHING = -1
_SCORES_AT_ONCE = 2_000_000


@dataclass(frozen=True)
class KeyBlock:
    """Some keys: `units` (B) are their numbers, unique over all blocks; `vectors` are B x D."""

    units: Ints
    vectors: Floats


@dataclass(frozen=True)
class Exclusion:
    """A guard that needs no score: a pair is refused where `of_query` (Q) equals `of_unit` (by unit)."""

    name: str
    of_query: Ints
    of_unit: Ints


@dataclass(frozen=True)
class TopK:
    """The best keys of Q queries, best first: `units` (Q x k, -1 where there are fewer) and `scores` (-inf).

    `refused` counts, by name, the pairs that an exclusion or a ceiling refused.
    """

    units: Ints
    scores: Floats
    refused: Counter[str] = field(default_factory=Counter)


def blockwise_top_k(
    queries: Floats,
    keys: Floats,
    k: int,
    block_rows: int,
    *,
    exclusions: Sequence[Exclusion] = (),
    ceilings: Floats | None = None,
) -> TopK:
    """Return what `top_k_of_blocks` does for keys (N x D) that are in memory; a key's unit is its row."""
    blocks = (
        KeyBlock(np.arange(start, min(start + block_rows, len(keys))), keys[start : start + block_rows])
        for start in range(0, len(keys), block_rows)
    )
    return top_k_of_blocks(queries, blocks, k, exclusions, ceilings)


def top_k_of_blocks(
    queries: Floats,
    blocks: Iterable[KeyBlock],
    k: int,
    exclusions: Sequence[Exclusion] = (),
    ceilings: Floats | None = None,
) -> TopK:
    """Return the `k` keys with the highest inner product for each query, exactly.

    Of equal scores the lower unit comes first, so that neither the blocks nor their order change the result
    (as far as the inner products themselves do not depend on them).

    Args:
        queries: Q x D, finite.
        blocks: the keys, finite; each block is looked at once.
        k: how many, at least 1.
        exclusions: pairs that do not count.
        ceilings: a score per query (Q) above which a key does not count; NaN for none.
    """
    best_units = np.full((len(queries), k), _NOTHING, dtype=np.int64)
    best_scores = np.full((len(queries), k), -np.inf, dtype=np.float32)
    refused: Counter[str] = Counter()
    for block in blocks:
        if len(block.units) == 0:
            continue
        for rows in _slices(len(queries), max(1, _SCORES_AT_ONCE // len(block.units))):
            scores = queries[rows] @ block.vectors.T
            for exclusion in exclusions:
                equal = exclusion.of_query[rows, None] == exclusion.of_unit[None, block.units]
                refused[exclusion.name] += int(np.count_nonzero(equal))
                scores[equal] = -np.inf
            if ceilings is not None:
                above = scores > ceilings[rows, None]
                refused[CEILING] += int(np.count_nonzero(above))
                scores[above] = -np.inf
            _merge(best_units[rows], best_scores[rows], scores, block.units)
    return TopK(best_units, best_scores, refused)


def _slices(length: int, size: int) -> Iterator[slice]:
    for start in range(0, length, size):
        yield slice(start, min(start + size, length))


def _merge(best_units: Ints, best_scores: Floats, scores: Floats, units: Ints) -> None:
    """Put the scores of one block into the best ones so far, in place."""
    k = best_units.shape[1]
    # Only what reaches the k-th best, so far or of this block, is sorted: soon that is next to nothing.
    floor = best_scores[:, -1]
    if scores.shape[1] > k and np.isneginf(floor).any():
        floor = np.maximum(floor, np.partition(scores, -k, axis=1)[:, -k])
    rows, columns = np.nonzero((scores >= floor[:, None]) & (scores > -np.inf))
    if len(rows) == 0:
        return
    old_rows, old_columns = np.nonzero(best_units != _NOTHING)
    all_rows = np.concatenate([old_rows, rows])
    all_units = np.concatenate([best_units[old_rows, old_columns], units[columns]])
    all_scores = np.concatenate([best_scores[old_rows, old_columns], scores[rows, columns]])
    order = np.lexsort((all_units, -all_scores, all_rows))
    all_rows = all_rows[order]
    rank = np.arange(len(order)) - np.searchsorted(all_rows, all_rows)
    kept = rank < k
    target = (all_rows[kept], rank[kept])
    best_units[target] = all_units[order][kept]
    best_scores[target] = all_scores[order][kept]
