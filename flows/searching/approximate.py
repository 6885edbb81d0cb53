"""Approximate search by faiss: an inverted file of cells, made once for a version of the vectors and kept."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from flows.searching.exact import same_width
from flows.searching.vectors import Batch, Passes, Vector
from storage.filesystem import temporary_path

#: From so many vectors on a search is approximate unless it is told otherwise.
APPROXIMATE_FROM = 200_000
#: Vectors for each cell, and the share of cells that a query looks into (at least so many).
_PER_CELL, _SHARE, _LEAST_CELLS = 64, 0.05, 16
_TRAINING_PER_CELL = 40


def nearest_in_index(
    version: str, batches: Iterator[Batch], vector: Vector, top: int, passes: Passes | None = None
) -> list[tuple[float, dict[str, Any]]]:
    """Return about the `top` rows of highest cosine with `vector`, best first.

    The index is kept in the user's cache folder under a hash of `version`: other vectors have another one.

    Args:
        version: names the vectors, with the version of the table or the run's step.
        batches: rows and vectors [n, d], read only when there is no index of this version.
        vector: [d].
        top: how many.
        passes: which rows may be found; None lets all of them.

    Raises:
        LooseleafError: if the vectors are of another width than the query.
    """
    import faiss  # noqa: PLC0415 (heavy, and most datasets are searched exactly)

    path = _cache() / f"{hashlib.sha256(version.encode()).hexdigest()[:24]}.faiss"
    places = path.with_suffix(".arrow")
    if not (path.exists() and places.exists()):
        _build(faiss, list(batches), path, places)
    index = faiss.read_index(str(path))
    rows = pa.ipc.open_file(str(places)).read_all()
    if not index.ntotal:
        return []
    same_width(index.d, len(vector))
    query = vector[None, :] / max(float(np.linalg.norm(vector)), 1e-12)
    settings = faiss.SearchParametersIVF(nprobe=max(_LEAST_CELLS, int(_SHARE * index.nlist)))
    if passes is not None:
        kept = [number for number, row in enumerate(rows.to_pylist()) if passes(row)]
        settings.sel = faiss.IDSelectorBatch(np.asarray(kept, np.int64))
    scores, found = index.search(query.astype(np.float32), top, params=settings)
    there = [(score, number) for score, number in zip(scores[0], found[0], strict=True) if number >= 0]
    hits = rows.take(pa.array([number for _, number in there], pa.int64())).to_pylist()
    return [(float(score), row) for (score, _), row in zip(there, hits, strict=True)]


def _build(faiss: Any, batches: list[Batch], path: Path, places: Path) -> None:
    vectors = np.concatenate([part for _, part in batches] or [np.zeros((0, 1), np.float32)])
    vectors = np.ascontiguousarray(vectors / np.maximum(np.linalg.norm(vectors, axis=1)[:, None], 1e-12))
    cells = max(1, len(vectors) // _PER_CELL)
    # faiss asks for 39 vectors a cell to learn the cells; a large set needs no more than a sample.
    cells = min(cells, max(1, int(4 * len(vectors) ** 0.5)))
    width = vectors.shape[1]
    index = faiss.IndexIVFFlat(faiss.IndexFlatIP(width), width, cells, faiss.METRIC_INNER_PRODUCT)
    index.cp.max_points_per_centroid = _TRAINING_PER_CELL
    if len(vectors):
        index.train(vectors)
        index.add(vectors)
    rows = [row for part, _ in batches for row in part]
    schema = pa.schema([("image_id", pa.string()), ("doc_id", pa.string()), ("position", pa.int32())])
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = temporary_path(places)
    with pa.ipc.new_file(str(temporary), schema) as writer:
        writer.write_table(pa.Table.from_pylist(rows, schema=schema))
    temporary.replace(places)
    temporary = temporary_path(path)
    faiss.write_index(index, str(temporary))
    temporary.replace(path)


def _cache() -> Path:
    return Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "looseleaf" / "search"
