"""Where the map of a snapshot is kept."""

from __future__ import annotations

from pathlib import Path

from flows.explorer.cache import cached
from flows.explorer.snapshot import Snapshot

#: What the map is drawn from.
TABLES = ("documents", "elements", "embeddings", "images", "rejections")


def map_path(snapshot: Snapshot) -> Path | None:
    """Return the DuckDB file of a snapshot's map, be it there yet or not; None where nothing was mined."""
    if "embeddings" not in snapshot.tables:
        return None
    return cached(snapshot.dataset, snapshot.only(*TABLES), "map.duckdb")
