"""Where the indices of a snapshot's vectors are kept."""

from __future__ import annotations

from pathlib import Path

from flows.explorer.cache import cached
from flows.explorer.snapshot import Snapshot

#: What an index is made from.
_TABLES = ("documents", "elements", "embeddings", "images")


def index_path(snapshot: Snapshot, modality: str) -> Path:
    """Return the faiss file of a modality's vectors, be it there yet or not; its places lie beside it."""
    return cached(snapshot.dataset, snapshot.only(*_TABLES), f"search-{modality}.faiss")


def places_path(snapshot: Snapshot, modality: str) -> Path:
    """Return the Arrow file that says where each vector of an index stands, and what stands there."""
    return index_path(snapshot, modality).with_suffix(".arrow")
