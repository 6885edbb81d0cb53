"""The nearest keys of each query in some cells of all: faster than exact where there are many.

An inverted file (Jégou, Douze and Schmid 2011) by faiss: keys lie in cells around centres that k-means found,
and a query looks into the cells whose centres are nearest. With all cells it finds what exact search does.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from pipeline.mine.top_k import CEILING, NOTHING, Exclusion, Floats, Ints, KeyBlock, TopK

_ROUNDS = 6  # of k-means: more moved recall by less than 0.01
_SAMPLE = 48  # keys a centre that k-means looks at
_SEED = 1


@dataclass(frozen=True)
class CellIndex:
    """Keys in cells; holds all vectors in memory, 4 bytes a number."""

    index: Any  # faiss.IndexIVFFlat, which has no types
    units: Ints  # by the index's number
    cells: int


def build_index(blocks: Iterable[KeyBlock]) -> CellIndex | None:
    """Return an index of all keys, the same for the same keys; None where there is none.

    Args:
        blocks: keys of unit length.
    """
    import faiss  # noqa: PLC0415 (heavy, and most datasets are searched exactly)

    held = [block for block in blocks if len(block.units)]
    if not held:
        return None
    units = np.concatenate([block.units for block in held])
    vectors = np.concatenate([block.vectors for block in held])
    cells = max(1, min(len(units), round(2 * math.sqrt(len(units)))))
    index = faiss.IndexIVFFlat(
        faiss.IndexFlatIP(vectors.shape[1]), vectors.shape[1], cells, faiss.METRIC_INNER_PRODUCT
    )
    index.cp.niter, index.cp.seed = _ROUNDS, _SEED
    index.cp.min_points_per_centroid, index.cp.max_points_per_centroid = 1, _SAMPLE
    index.train(vectors)
    index.add(vectors)
    return CellIndex(index, units, cells)


def cell_top_k(
    index: CellIndex,
    queries: Floats,
    k: int,
    *,
    probes: int,
    exclusions: Sequence[Exclusion] = (),
    ceilings: Floats | None = None,
) -> TopK:
    """Return the `k` nearest keys of each query in its nearest cells, without those that are refused.

    Unlike in `top_k_of_blocks` what is refused leaves a gap among the k, and only that is counted: ask for
    more where too few are left.

    Args:
        index: the keys.
        queries: Q x D, of unit length.
        k: how many, at least 1.
        probes: cells to look into; as many as there are make it exact.
        exclusions: pairs that do not count.
        ceilings: a score per query (Q) above which a key does not count; NaN for none.
    """
    import faiss  # noqa: PLC0415 (heavy, and most datasets are searched exactly)

    wanted = min(k, len(index.units))
    chosen = faiss.SearchParametersIVF(nprobe=min(probes, index.cells))
    scores, numbers = index.index.search(np.ascontiguousarray(queries), wanted, params=chosen)
    units = np.where(numbers >= 0, index.units[np.maximum(numbers, 0)], NOTHING)
    scores = np.where(numbers >= 0, scores, -np.inf).astype(np.float32)
    # Of equal scores the lower unit comes first, as in the exact search.
    order = np.lexsort((units, -scores))
    units, scores = np.take_along_axis(units, order, 1), np.take_along_axis(scores, order, 1)
    cut = (wanted < len(index.units)) & (units[:, -1] != NOTHING)
    more = cut | (probes < index.cells)
    refused: Counter[str] = Counter()
    for exclusion in exclusions:
        equal = (units != NOTHING) & (exclusion.of_query[:, None] == exclusion.of_unit[units])
        refused[exclusion.name] += int(np.count_nonzero(equal))
        units[equal], scores[equal] = NOTHING, -np.inf
    over = np.zeros(len(queries), dtype=np.int64)
    if ceilings is not None:
        above = (units != NOTHING) & (scores > ceilings[:, None])
        refused[CEILING] += int(np.count_nonzero(above))
        over = np.count_nonzero(above, axis=1)
        units[above], scores[above] = NOTHING, -np.inf
    return TopK(units, scores, more, over, refused)
