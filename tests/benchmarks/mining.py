"""Seconds of the nearest keys in blocks against faiss' flat index, and of the approximate search.

All on one thread; passes take turns, and the fastest of each counts. The vectors are a mixture such as
sentence vectors are: topics, subtopics in them, and a spread within each, 384 numbers of unit length. The
approximate search answers as many queries as the exact one; its building is stated beside.
"""

from __future__ import annotations

import time
from collections.abc import Callable

import faiss
import numpy as np
import numpy.typing as npt
from threadpoolctl import threadpool_limits

from pipeline.mine.approximate import build_index, cell_top_k
from pipeline.mine.search import PROBES
from pipeline.mine.top_k import KeyBlock, TopK, blockwise_top_k

Floats = npt.NDArray[np.float32]

KEYS, QUERIES, WIDTH, K = 200_000, 1_000, 384, 26
TOPICS, SUBTOPICS = 300, 20
BLOCK_ROWS = 8192
PASSES = 3


def run() -> dict[str, float | str]:
    """Return seconds of each way, ratios (at least 1 and 10) and how far the results are equal."""
    keys = mixture(KEYS)
    queries = keys[:: KEYS // QUERIES]
    before = faiss.omp_get_max_threads()
    faiss.omp_set_num_threads(1)
    try:
        with threadpool_limits(1):
            return _measured(keys, queries)
    finally:
        faiss.omp_set_num_threads(before)


def mixture(count: int, seed: int = 0) -> Floats:
    """Return unit vectors, [count, 384], of topics and subtopics."""
    draw = np.random.default_rng(seed)
    topics = draw.normal(size=(TOPICS, 1, WIDTH)).astype(np.float32)
    parts = topics + 0.8 * draw.normal(size=(TOPICS, SUBTOPICS, WIDTH)).astype(np.float32)
    vectors = parts.reshape(-1, WIDTH)[draw.integers(TOPICS * SUBTOPICS, size=count)]
    vectors += np.float32(0.7) * draw.standard_normal(vectors.shape, dtype=np.float32)
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


def _measured(keys: Floats, queries: Floats) -> dict[str, float | str]:
    flat = faiss.IndexFlatIP(WIDTH)
    flat.add(keys)
    began = time.perf_counter()
    cells = build_index([KeyBlock(np.arange(len(keys)), keys)])
    building = time.perf_counter() - began
    assert cells is not None
    exact, approximate = _Timed(), _Timed()
    peer = []
    for _ in range(PASSES):
        began = time.perf_counter()
        _, numbers = flat.search(queries, K)
        peer.append(time.perf_counter() - began)
        exact.call(lambda: blockwise_top_k(queries, keys, K, BLOCK_ROWS))
        approximate.call(lambda: cell_top_k(cells, queries, K, probes=PROBES))
    return {
        "keys": float(len(keys)),
        "queries": float(len(queries)),
        "faiss, s": min(peer),
        "exact, s": exact.best,
        "approximate, s": approximate.best,
        "building the index, s": building,
        "faiss to exact": min(peer) / exact.best,
        "equal to faiss, share": _shared(exact.found.units, numbers),
        "exact to approximate": exact.best / approximate.best,
        "recall of approximate": _shared(exact.found.units, approximate.found.units),
    }


class _Timed:
    """The fastest of some passes, and what the last one found."""

    best = float("inf")
    found: TopK

    def call(self, way: Callable[[], TopK]) -> None:
        """Run once more."""
        began = time.perf_counter()
        self.found = way()
        self.best = min(self.best, time.perf_counter() - began)


def _shared(ours: npt.NDArray[np.int64], theirs: npt.NDArray[np.int64]) -> float:
    rows = zip(ours.tolist(), theirs.tolist(), strict=True)
    return float(np.mean([len(set(a) & set(b)) / len(a) for a, b in rows]))
