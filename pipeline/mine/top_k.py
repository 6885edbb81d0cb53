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
#: Stands for a key where there are fewer.
NOTHING = -1
_LOWEST = np.finfo(np.float32).min
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
    """The best keys of Q queries, best first: `units` (Q x k, -1 where there is none) and `scores` (-inf).

    `more` says of each query whether a search for more could find others. `refused` counts, by name, the
    pairs that an exclusion or a ceiling refused.
    """

    units: Ints
    scores: Floats
    more: npt.NDArray[np.bool_]
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
    best_units = np.full((len(queries), k), NOTHING, dtype=np.int64)
    best_scores = np.full((len(queries), k), -np.inf, dtype=np.float32)
    refused: Counter[str] = Counter()
    room = np.empty(0, dtype=np.float32)
    for block in blocks:
        if len(block.units) == 0:
            continue
        grouped = [_group(exclusion.of_unit[block.units]) for exclusion in exclusions]
        rows_at_once = max(1, min(len(queries), _SCORES_AT_ONCE // len(block.units)))
        if len(room) < rows_at_once * len(block.units):
            room = np.empty(rows_at_once * len(block.units), dtype=np.float32)
        for rows in _slices(len(queries), rows_at_once):
            # One buffer for all: fresh memory costs a tenth of the product.
            shape = (rows.stop - rows.start, len(block.units))
            scores = room[: shape[0] * shape[1]].reshape(shape)
            np.matmul(queries[rows], block.vectors.T, out=scores)
            for exclusion, columns_of in zip(exclusions, grouped, strict=True):
                equal = columns_of.equal_to(exclusion.of_query[rows])
                refused[exclusion.name] += len(equal[0])
                scores[equal] = -np.inf
            if ceilings is not None:
                above = np.nonzero(scores > ceilings[rows, None])
                refused[CEILING] += len(above[0])
                scores[above] = -np.inf
            _merge(best_units[rows], best_scores[rows], scores, block.units)
    return TopK(best_units, best_scores, best_units[:, -1] != NOTHING, refused)


@dataclass(frozen=True)
class _Grouped:
    """Columns by what they are compared by, so that equal ones are found without comparing all pairs."""

    order: Ints
    values: Ints  # of `order`, ascending

    def equal_to(self, of_query: Ints) -> tuple[Ints, Ints]:
        """Return (row, column) of each pair that is equal."""
        first = np.searchsorted(self.values, of_query, side="left")
        counts = np.searchsorted(self.values, of_query, side="right") - first
        rows = np.repeat(np.arange(len(of_query)), counts)
        within = np.arange(len(rows)) - np.repeat(np.cumsum(counts) - counts, counts)
        return rows, self.order[first[rows] + within]


def _group(values: Ints) -> _Grouped:
    order = np.argsort(values, kind="stable")
    return _Grouped(order, values[order])


def _slices(length: int, size: int) -> Iterator[slice]:
    for start in range(0, length, size):
        yield slice(start, min(start + size, length))


def _merge(best_units: Ints, best_scores: Floats, scores: Floats, units: Ints) -> None:
    """Put the scores of one block into the best ones so far, in place."""
    k = best_units.shape[1]
    # Only what reaches the k-th best, so far or of this block, is sorted: soon that is next to nothing.
    floor = best_scores[:, -1].copy()
    few = np.isneginf(floor)
    if scores.shape[1] > k and few.any():
        floor[few] = np.partition(scores[few], -k, axis=1)[:, -k]
    # Flat first: of a matrix `nonzero` is several times slower.
    flat = np.flatnonzero(scores >= np.maximum(floor, _LOWEST)[:, None])
    rows, columns = np.divmod(flat, scores.shape[1])
    if len(rows) == 0:
        return
    touched = np.unique(rows)
    old_rows, old_columns = np.nonzero(best_units[touched] != NOTHING)
    old_rows = touched[old_rows]
    all_rows = np.concatenate([old_rows, rows])
    all_units = np.concatenate([best_units[old_rows, old_columns], units[columns]])
    all_scores = np.concatenate([best_scores[old_rows, old_columns], scores[rows, columns]])
    order = _best_first(all_rows, all_scores, all_units)
    all_rows = all_rows[order]
    rank = np.arange(len(order)) - np.searchsorted(all_rows, all_rows)
    kept = rank < k
    target = (all_rows[kept], rank[kept])
    best_units[target] = all_units[order][kept]
    best_scores[target] = all_scores[order][kept]


def _best_first(rows: Ints, scores: Floats, units: Ints) -> Ints:
    """Return the order by row, then falling score, then unit; one sort of whole numbers unless scores tie."""
    # The bits of floats order as whole numbers do, once negative ones are turned over; adding 0 ends -0.
    bits = (scores + np.float32(0)).view(np.uint32)
    rising = np.where(bits >> 31, ~bits, bits | np.uint32(1 << 31))
    keys = (rows.astype(np.uint64) << np.uint64(32)) | ~rising
    order = np.argsort(keys)
    if (np.diff(keys[order]) == 0).any():
        return np.lexsort((units, -scores, rows))
    return order
