"""Documents that must stay on one side of a split: of one family, or with an image in common."""

from __future__ import annotations

from collections.abc import Hashable, Iterable

import numpy as np
import numpy.typing as npt


def connected_components(size: int, shared: Iterable[tuple[int, Hashable]]) -> npt.NDArray[np.int64]:
    """Return, for each of `size` documents, the smallest document that it is connected with (union-find).

    Args:
        size: number of documents.
        shared: (document, thing that it has): documents that have a thing in common are connected.
    """
    parent = list(range(size))

    def root(document: int) -> int:
        while parent[document] != document:
            parent[document] = parent[parent[document]]
            document = parent[document]
        return document

    first: dict[Hashable, int] = {}
    for document, thing in shared:
        ours, theirs = root(document), root(first.setdefault(thing, document))
        # The smaller one leads, so that the order of what is shared does not show.
        parent[max(ours, theirs)] = min(ours, theirs)
    return np.array([root(document) for document in range(size)], dtype=np.int64)
