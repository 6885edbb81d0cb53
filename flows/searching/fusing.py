"""Several rankings as one."""

from __future__ import annotations

from typing import Any

#: The constant of reciprocal rank fusion (Cormack, Clarke and Buettcher, SIGIR 2009).
_FUSION = 60


def unit(hit: dict[str, Any]) -> object:
    """Return what a hit is a hit of: an image, or a place in a document."""
    return hit["image_id"] or (hit["doc_id"], hit["position"])


def fused(rankings: list[list[dict[str, Any]]]) -> list[dict[str, Any]]:
    """Return hits of several spaces, whose cosines do not compare, by the sum of their reciprocal ranks."""
    best: dict[object, dict[str, Any]] = {}
    merit: dict[object, float] = {}
    for hits in rankings:
        for rank, hit in enumerate(hits, 1):
            best.setdefault(unit(hit), hit)
            merit[unit(hit)] = merit.get(unit(hit), 0.0) + 1.0 / (_FUSION + rank)
    return [best[key] for key in sorted(best, key=lambda key: -merit[key])]
