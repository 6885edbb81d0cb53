"""Draws the maps of a snapshot: documents by their texts, pictures by their pixels; each point has a cluster.

Run in a process of its own: `python -m flows.explorer.map_drawing DATASET BUILD`. Vectors are read as a
stream and kept in a few dimensions.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from flows.explorer.catalogue import ensure_catalogue
from flows.explorer.layout import clusters, plane
from flows.explorer.map_files import MAPS, MapName, map_path, points_path
from flows.explorer.naming import name_clusters
from flows.explorer.snapshot import Snapshot, take_snapshot
from flows.searching.vectors import Batch, count_stored, rows_of, stored_batches
from pipeline.clean.words import stop_words
from storage.filesystem import temporary_path
from storage.queries import connect

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

#: Directions of most variance that are kept of a vector, and vectors that they are found in.
_KEPT, _SAMPLE = 48, 20_000

#: One row a point, in the order in which the page gets them.
POINTS = pa.schema(
    [
        ("x", pa.float32()),
        ("y", pa.float32()),
        ("cluster", pa.int32()),
        ("doc_id", pa.string()),
        ("position", pa.int32()),
        ("image_id", pa.string()),
    ]
)

_DOCUMENT_WORDS = """
SELECT doc_id, string_agg(left(coalesce(text, ''), 300), ' ' ORDER BY position) AS words
FROM elements WHERE NOT coalesce(boilerplate, false) AND (kind = 'heading' OR position < 12)
GROUP BY doc_id
"""
_IMAGE_WORDS = """
SELECT e.image_id, any_value(concat_ws(' ', e.alt, array_to_string(e.section_path, ' '),
    regexp_replace(regexp_extract(coalesce(e.image_url, ''), '[^/]*$'), '\\.\\w+$', ''))) AS words,
    arg_min(e.doc_id, (e.doc_id, e.position)) AS doc_id,
    arg_min(e.position, (e.doc_id, e.position)) AS position
FROM elements e WHERE e.kind = 'image' AND e.image_id IS NOT NULL GROUP BY e.image_id
"""


@dataclass(frozen=True)
class _Units:
    """What is put on a map: names, and vectors in a few dimensions [n, d]."""

    names: list[str]
    vectors: npt.NDArray[np.float32]


def draw_maps(snapshot: Snapshot) -> None:
    """Write the points of each map, and the clusters last: they say that the maps are there."""
    import duckdb  # noqa: PLC0415 (heavy)

    path = map_path(snapshot)
    assert path is not None, "only what was mined has a map"
    ensure_catalogue(snapshot)
    build_id = snapshot.build.build_id if snapshot.build else None
    temporary = temporary_path(path)
    with connect(snapshot.dataset, build_id) as source, duckdb.connect(str(temporary)) as target:
        target.execute(
            "CREATE TABLE clusters "
            "(map VARCHAR, cluster INTEGER, name VARCHAR, size INTEGER, x FLOAT, y FLOAT)"
        )
        target.execute("CREATE TABLE document_clusters (doc_id VARCHAR, cluster INTEGER)")
        languages = source.sql("SELECT DISTINCT language FROM documents").fetchall()
        ignored = frozenset().union(*(stop_words(language) or () for (language,) in languages))
        for name in MAPS:
            units = _documents(snapshot) if name == "documents" else _images(snapshot)
            query = _DOCUMENT_WORDS if name == "documents" else _IMAGE_WORDS
            rows = source.sql(query).to_arrow_table().to_pylist()
            key = "doc_id" if name == "documents" else "image_id"
            _draw(snapshot, name, units, {row[key]: row for row in rows}, target, ignored=ignored)
    temporary.replace(path)


def _draw(
    snapshot: Snapshot,
    name: MapName,
    units: _Units,
    known: dict[str, dict[str, Any]],
    target: DuckDBPyConnection,
    *,
    ignored: frozenset[str],
) -> None:
    points, found = plane(units.vectors), clusters(units.vectors)
    number = int(found.max()) + 1 if len(found) else 0
    said = [known.get(unit, {}) for unit in units.names]
    names = name_clusters(
        ((cluster, str(row.get("words") or "")) for cluster, row in zip(found.tolist(), said, strict=True)),
        number,
        ignored,
    )
    middles = [np.median(points[found == cluster], axis=0).tolist() for cluster in range(number)]
    sizes = np.bincount(found, minlength=number).tolist()
    for cluster in range(number):
        row = [name, cluster, names[cluster], sizes[cluster], *middles[cluster]]
        target.execute("INSERT INTO clusters VALUES (?, ?, ?, ?, ?, ?)", row)
    documents = name == "documents"
    table = pa.table(
        {
            "x": points[:, 0],
            "y": points[:, 1],
            "cluster": pa.array(found, pa.int32()),
            "doc_id": units.names if documents else [row.get("doc_id") for row in said],
            "position": [None if documents else row.get("position") for row in said],
            "image_id": [None if documents else unit for unit in units.names],
        },
        schema=POINTS,
    )
    path = points_path(snapshot, name)
    temporary = temporary_path(path)
    with pa.ipc.new_file(str(temporary), POINTS) as writer:
        writer.write_table(table)
    temporary.replace(path)
    if documents:
        target.register("incoming", table)
        target.execute("INSERT INTO document_clusters SELECT doc_id, cluster FROM incoming")
        target.unregister("incoming")


def _documents(snapshot: Snapshot) -> _Units:
    """Return each document as the mean of the unit vectors of its texts."""
    numbers: dict[str, int] = {}
    sums = np.zeros((1024, 0), dtype=np.float32)
    for rows, vectors in rows_of(stored_batches(snapshot.dataset, snapshot.tables["embeddings"]), "text"):
        own = np.array([numbers.setdefault(row["doc_id"], len(numbers)) for row in rows])
        if sums.shape[1] == 0:
            sums = np.zeros((1024, vectors.shape[1]), dtype=np.float32)
        if len(numbers) > len(sums):
            grown = np.zeros((max(len(numbers), 2 * len(sums)), sums.shape[1]), dtype=np.float32)
            grown[: len(sums)] = sums
            sums = grown
        np.add.at(sums, own, _units(vectors))
    vectors = _units(sums[: len(numbers)])
    mean, axes = _axes(vectors)
    return _Units(list(numbers), np.ascontiguousarray((vectors - mean) @ axes.T))


def _images(snapshot: Snapshot) -> _Units:
    """Return each picture by the directions of most variance of its pixels' vector."""
    mean, axes = _axes(_sampled(snapshot))
    names: list[str] = []
    parts = [np.zeros((0, len(axes)), dtype=np.float32)]
    for rows, vectors in _pixels(snapshot):
        names += [row["image_id"] for row in rows]
        parts.append(np.asarray((_units(vectors) - mean) @ axes.T, dtype=np.float32))
    return _Units(names, np.ascontiguousarray(np.concatenate(parts), dtype=np.float32))


def _pixels(snapshot: Snapshot) -> Iterator[Batch]:
    return rows_of(stored_batches(snapshot.dataset, snapshot.tables["embeddings"]), "pixels")


def _sampled(snapshot: Snapshot) -> npt.NDArray[np.float32]:
    total = count_stored(snapshot.dataset, snapshot.tables["embeddings"], "pixels")
    chosen = np.sort(np.random.default_rng(0).permutation(total)[:_SAMPLE])
    parts, before = [], 0
    for _, vectors in _pixels(snapshot):
        parts.append(_units(vectors[chosen[(chosen >= before) & (chosen < before + len(vectors))] - before]))
        before += len(vectors)
    return np.concatenate(parts) if parts else np.zeros((0, 1), np.float32)


def _axes(vectors: npt.NDArray[np.float32]) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.float32]]:
    """Return the mean [d] and the directions of most variance [k, d]."""
    if not len(vectors):
        return np.zeros(vectors.shape[1], np.float32), np.eye(vectors.shape[1], dtype=np.float32)
    mean = vectors.mean(axis=0)
    _, axes = np.linalg.eigh(np.cov((vectors - mean).T.astype(np.float64)).reshape(len(mean), len(mean)))
    return mean, np.ascontiguousarray(axes[:, ::-1][:, :_KEPT].T, dtype=np.float32)


def _units(vectors: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    norms = np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-12)
    return np.asarray(vectors / norms, dtype=np.float32)


if __name__ == "__main__":
    draw_maps(take_snapshot(sys.argv[1], sys.argv[2] or None))
