"""The addresses of the maps: their clusters, their points as numbers, and what a point is."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
from fastapi import APIRouter, HTTPException
from fastapi.responses import Response

from flows.explorer.asking import Looking
from flows.explorer.map_files import MapName, points_path
from flows.explorer.places import described
from flows.explorer.sight import Sight

router = APIRouter()


@router.get("/map/{name}")
def clusters(sight: Looking, name: MapName) -> dict[str, Any]:
    """Give a map's clusters, with their names and middles; `ready` is false while the map is being drawn."""
    if not sight.mapped:
        return {"ready": False, "clusters": [], "points": 0}
    rows = sight.ask(
        "select cluster, name, size, x, y from map.clusters where map = $name order by cluster",
        {"name": name},
    )
    return {"ready": True, "clusters": rows, "points": _points(sight, name).num_rows}


@router.get("/map/{name}/points")
def points(sight: Looking, name: MapName) -> Response:
    """Give all points, little-endian: all x, then all y (32-bit floats), then the clusters (bytes)."""
    table = _points(sight, name)
    parts = [
        table["x"].to_numpy().astype("<f4").tobytes(),
        table["y"].to_numpy().astype("<f4").tobytes(),
        np.minimum(table["cluster"].to_numpy(), 255).astype(np.uint8).tobytes(),
    ]
    return Response(b"".join(parts), media_type="application/octet-stream")


@router.get("/map/{name}/points/{index}")
def point(sight: Looking, name: MapName, index: int) -> dict[str, Any]:
    """Tell what a point is."""
    table = _points(sight, name)
    if not 0 <= index < table.num_rows:
        raise HTTPException(404, "There is no such point on the map.")
    row = table.slice(index, 1).to_pylist()[0]
    if name == "images":
        place = (row["doc_id"], row["position"])
        return described(sight, [place])[place] | {"cluster": row["cluster"]}
    about = sight.ask(
        "select doc_id, name, source, n_words, kept_images, faces from catalogue.documents "
        "where doc_id = $id",
        {"id": row["doc_id"]},
    )
    return (about[0] if about else {"doc_id": row["doc_id"]}) | {"cluster": row["cluster"]}


def _points(sight: Sight, name: MapName) -> pa.Table:
    if not sight.mapped:
        raise HTTPException(409, "The map of this dataset is still being drawn.")
    return pa.ipc.open_file(pa.memory_map(str(points_path(sight.snapshot, name)))).read_all()
