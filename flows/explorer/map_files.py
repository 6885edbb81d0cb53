"""Where the map of a snapshot is kept: clusters in a DuckDB file, points as Arrow."""

from __future__ import annotations

from pathlib import Path
from typing import Literal, get_args

from flows.explorer.cache import cached
from flows.explorer.snapshot import Snapshot

#: What a map shows: each document by its texts, or each picture by its pixels.
MapName = Literal["documents", "images"]
MAPS: tuple[MapName, ...] = get_args(MapName)

#: What maps are drawn from.
_TABLES = ("documents", "elements", "embeddings", "images")


def map_path(snapshot: Snapshot) -> Path | None:
    """Return the DuckDB file of the clusters, be it there yet or not; None where nothing was mined."""
    if "embeddings" not in snapshot.tables:
        return None
    return cached(snapshot.dataset, snapshot.only(*_TABLES), "map.duckdb")


def points_path(snapshot: Snapshot, name: MapName) -> Path:
    """Return the Arrow file of a map's points."""
    return cached(snapshot.dataset, snapshot.only(*_TABLES), f"map-{name}.arrow")
