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
#: Scores that are in memory at once, and queries: keys times queries is the faster product.
_SCORES_AT_ONCE = 1 << 23
_QUERIES_AT_ONCE = 1024
#: Keys of which only the best score is looked at first: most of them hold nothing that is among the best.
_STRIP = 16
#: Candidates that wait before they are sorted, as a share of the best.
_WAITING = 0.5


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

    `more` says of each query whether a search for more could find others, `above` how many keys its ceiling
    refused. `refused` counts, by name, the pairs that an exclusion or a ceiling refused.
    """

    units: Ints
    scores: Floats
    more: npt.NDArray[np.bool_]
    above: Ints
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
    slices = [_Best.of(rows, k) for rows in _slices(len(queries), _QUERIES_AT_ONCE)]
    at_once = max(1, _SCORES_AT_ONCE // max(1, min(len(queries), _QUERIES_AT_ONCE)))
    refused: Counter[str] = Counter()
    over = np.zeros(len(queries), dtype=np.int64)
    room = np.empty(0, dtype=np.float32)
    for block in (piece for given in blocks for piece in _pieces(given, at_once)):
        grouped = [_group(exclusion.of_unit[block.units]) for exclusion in exclusions]
        for best in slices:
            rows, count = best.rows, len(block.units)
            # One buffer for all: fresh memory costs a tenth of the product. The last strip is filled.
            strips = -(-count // _STRIP)
            shape = strips * _STRIP, len(best.scores)
            if len(room) < shape[0] * shape[1]:
                room = np.empty(shape[0] * shape[1], dtype=np.float32)
            whole = room[: shape[0] * shape[1]].reshape(shape)
            whole[count:] = -np.inf
            scores = np.matmul(block.vectors, queries[rows].T, out=whole[:count])
            for exclusion, columns_of in zip(exclusions, grouped, strict=True):
                of_query, of_key = columns_of.equal_to(exclusion.of_query[rows])
                refused[exclusion.name] += len(of_query)
                scores[of_key, of_query] = -np.inf
            if ceilings is not None:
                above = np.flatnonzero(scores > ceilings[rows])
                refused[CEILING] += len(above)
                over[rows] += np.bincount(above % len(best.scores), minlength=len(best.scores))
                scores.reshape(-1)[above] = -np.inf
            best.offer(whole, block.units)
    for best in slices:
        best.settle()
    units = np.concatenate([np.empty((0, k), np.int64), *(best.units for best in slices)])
    best_scores = np.concatenate([np.empty((0, k), np.float32), *(best.scores for best in slices)])
    return TopK(units, best_scores, units[:, -1] != NOTHING, over, refused)


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


def _pieces(block: KeyBlock, most: int) -> Iterator[KeyBlock]:
    """Cut a block into pieces of at most `most` keys and about the same size."""
    count = -(-len(block.units) // most)
    for rows in _slices(len(block.units), -(-len(block.units) // max(count, 1)) or 1):
        yield KeyBlock(block.units[rows], block.vectors[rows])


@dataclass
class _Best:
    """The best keys of some queries so far; what may come among them waits, for sorting costs."""

    rows: slice  # of the queries
    units: Ints
    scores: Floats
    waiting: list[tuple[Ints, Ints, Floats]] = field(default_factory=list)  # row of the slice, unit, score

    @classmethod
    def of(cls, rows: slice, k: int) -> _Best:
        """Return no keys yet."""
        count = rows.stop - rows.start
        return cls(rows, np.full((count, k), NOTHING), np.full((count, k), -np.inf, dtype=np.float32))

    def offer(self, scores: Floats, units: Ints) -> None:
        """Take the scores of some keys, strips of them x Q; rows beyond the units are -inf."""
        k, queries = self.units.shape[1], scores.shape[1]
        highest = scores.reshape(-1, _STRIP, queries).max(axis=1)
        # Only what reaches the k-th best, so far or of the best of strips, is kept: soon next to nothing.
        floor = self.scores[:, -1].copy()
        few = np.isneginf(floor)
        if len(highest) > k and few.any():
            floor[few] = np.partition(highest[:, few].T, -k, axis=1)[:, -k]
        np.maximum(floor, _LOWEST, out=floor)
        # Flat all along: by two indices everything is several times slower.
        strips, rows = np.divmod(np.flatnonzero(highest >= floor), queries)
        keys = strips[:, None] * _STRIP + np.arange(_STRIP)
        values = scores.reshape(-1).take(keys * queries + rows[:, None])
        reached = values >= floor[rows, None]
        rows = np.broadcast_to(rows[:, None], keys.shape)[reached]
        self.waiting.append((rows, units[keys[reached]], values[reached]))
        if sum(len(part[0]) for part in self.waiting) > _WAITING * self.units.size:
            self.settle()

    def settle(self) -> None:
        """Put what waits among the best."""
        if not self.waiting:
            return
        rows, units, scores = (np.concatenate(parts) for parts in zip(*self.waiting, strict=True))
        self.waiting.clear()
        touched = np.unique(rows)
        old_rows, old_columns = np.nonzero(self.units[touched] != NOTHING)
        old_rows = touched[old_rows]
        rows = np.concatenate([old_rows, rows])
        units = np.concatenate([self.units[old_rows, old_columns], units])
        scores = np.concatenate([self.scores[old_rows, old_columns], scores])
        order = _best_first(rows, scores, units)
        rows = rows[order]
        rank = np.arange(len(order)) - np.searchsorted(rows, rows)
        kept = rank < self.units.shape[1]
        target = (rows[kept], rank[kept])
        self.units[target] = units[order][kept]
        self.scores[target] = scores[order][kept]


def _best_first(rows: Ints, scores: Floats, units: Ints) -> Ints:
    """Return the order by row, then falling score, then unit: one sort of whole numbers, and one of ties."""
    # The bits of floats order as whole numbers do, once negative ones are turned over; adding 0 ends -0.
    bits = (scores + np.float32(0)).view(np.uint32)
    rising = np.where(bits >> 31, ~bits, bits | np.uint32(1 << 31))
    keys = (rows.astype(np.uint64) << np.uint64(32)) | ~rising
    order = np.argsort(keys)
    same = np.diff(keys[order]) == 0
    tied = np.flatnonzero(np.append(same, False) | np.append(False, same))
    of_ties = order[tied]
    order[tied] = of_ties[np.lexsort((units[of_ties], keys[of_ties]))]
    return order
