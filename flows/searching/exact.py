"""Exact search: every vector is compared, one batch in memory at a time."""

from __future__ import annotations

import heapq
from collections.abc import Iterator
from typing import Any

import numpy as np

from flows.searching.vectors import Batch, Passes, Vector
from storage.errors import LooseleafError


def nearest_rows(
    batches: Iterator[Batch], vector: Vector, top: int, passes: Passes | None = None
) -> list[tuple[float, dict[str, Any]]]:
    """Return the `top` rows of highest cosine with `vector`, best first; memory holds one batch.

    Args:
        batches: rows, and their vectors [n, d].
        vector: [d].
        top: how many.
        passes: which rows may be found; None lets all of them.

    Raises:
        LooseleafError: if the vectors are of another width than the query.
    """
    query = vector / max(float(np.linalg.norm(vector)), 1e-12)
    best: list[tuple[float, int, dict[str, Any]]] = []
    order = 0
    for all_rows, all_vectors in batches:
        rows, vectors = all_rows, all_vectors
        same_width(vectors.shape[1], len(query))
        if passes is not None:
            kept = [index for index, row in enumerate(rows) if passes(row)]
            rows, vectors = [rows[index] for index in kept], vectors[kept]
        norms = np.maximum(np.linalg.norm(vectors, axis=1), 1e-12)
        scores = vectors @ query / norms
        for index in np.argsort(-scores, kind="stable")[:top]:
            order += 1
            # Of equal scores the earlier row wins.
            entry = (float(scores[index]), -order, rows[index])
            if len(best) < top:
                heapq.heappush(best, entry)
            else:
                heapq.heappushpop(best, entry)
    return [(score, row) for score, _, row in sorted(best, key=lambda entry: entry[:2], reverse=True)]


def same_width(stored: int, asked: int) -> None:
    """Raise a LooseleafError unless stored vectors are as wide as the query."""
    if stored != asked:
        raise LooseleafError(
            f"The query is a vector of {asked} numbers and the dataset's are of {stored}: mine the dataset "
            "again with the encoders of the run, or search it with a run that was trained on it."
        )
