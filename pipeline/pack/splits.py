"""Deals connected documents out to train, valid and test, source by source."""

from __future__ import annotations

import hashlib
from collections import Counter, defaultdict
from collections.abc import Hashable, Sequence

import numpy as np
import numpy.typing as npt

from pipeline.pack.components import connected_components
from pipeline.recipe import PackSettings


def split_documents(
    doc_ids: Sequence[str],
    sources: Sequence[str],
    component: npt.NDArray[np.int64],
    settings: PackSettings,
) -> list[str]:
    """Return the split of each document: `train`, `valid` or `test`.

    A component goes to one split as a whole. Within each source they come in an order drawn from the seed and
    fill test, then valid, as long as that brings a split closer to its share; the rest is train. A
    component that spans sources belongs to the one that most of its documents are from.

    Args:
        doc_ids: all different.
        sources: of each document.
        component: of each document, a number that connected documents have in common.
        settings: shares and seed.
    """
    members: dict[int, list[int]] = defaultdict(list)
    for document, number in enumerate(component.tolist()):
        members[number].append(document)
    by_source: dict[str, list[list[int]]] = defaultdict(list)
    for documents in members.values():
        counts = Counter(sources[document] for document in documents)
        by_source[min(counts, key=lambda source: (-counts[source], source))].append(documents)
    splits = ["train"] * len(doc_ids)
    for source in sorted(by_source):
        total = sum(map(len, by_source[source]))
        left = {"test": settings.test_fraction * total, "valid": settings.valid_fraction * total}
        for documents in sorted(by_source[source], key=lambda some: _draw(doc_ids, some, settings.seed)):
            split = next(
                (name for name, room in left.items() if room > 0 and len(documents) / 2 <= room), None
            )
            if split is not None:
                left[split] -= len(documents)
                for document in documents:
                    splits[document] = split
    return splits


def components_of(
    families: Sequence[str], images: Sequence[Sequence[Hashable]], doc_ids: Sequence[str]
) -> npt.NDArray[np.int64]:
    """Return the component of each document (or part of one), connected by document, family and images.

    Args:
        families: the family of each.
        images: what names the images of each.
        doc_ids: the document of each, equal for the parts of a large one.
    """
    shared: list[tuple[int, Hashable]] = []
    for row, (family, names, doc_id) in enumerate(zip(families, images, doc_ids, strict=True)):
        shared += [(row, ("family", family)), (row, ("document", doc_id))]
        shared += [(row, ("image", name)) for name in names]
    return connected_components(len(families), shared)


def _draw(doc_ids: Sequence[str], documents: Sequence[int], seed: int) -> str:
    """Return what a component is sorted by: it hangs on no other document, so that additions move few."""
    name = min(doc_ids[document] for document in documents)
    return hashlib.sha256(f"{seed}\0{name}".encode()).hexdigest()
