"""Makes the indices that the explorer searches: vectors in cells, a byte a number, and what a hit shows.

Run in a process of its own: `python -m flows.explorer.search_index DATASET BUILD MODALITY`. Vectors are read
twice, once for a sample that the cells are learned from; no more than the sample is in memory.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, get_args

import numpy as np
import pyarrow as pa

from flows.explorer.catalogue import ensure_catalogue
from flows.explorer.search_files import index_path, places_path
from flows.explorer.snapshot import Snapshot, take_snapshot
from flows.searching.vectors import Batch, Modality, count_stored, rows_of, stored_batches
from storage.filesystem import temporary_path
from storage.queries import connect

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

#: Vectors for each cell; those of a cell that the cells are learned from.
_PER_CELL, _TRAINING_PER_CELL = 64, 40
_LETTERS = 240
#: Each time the database goes through all elements.
_DESCRIBED_AT_ONCE = 200_000

#: One row a vector, in the order of the index: where it stands and what a hit shows of it.
PLACES = pa.schema(
    [
        ("number", pa.int32()),  # of the document in the catalogue; null where none is known
        ("doc_id", pa.string()),
        ("position", pa.int32()),
        ("image_id", pa.string()),
        ("kind", pa.string()),
        ("page", pa.int32()),
        ("section", pa.string()),
        ("text", pa.string()),
        ("caption", pa.string()),
    ]
)

_SAID = f"""
CREATE TEMP TABLE said AS
WITH captions AS (
    SELECT doc_id, caption_of AS position,
        left(string_agg(text, ' ' ORDER BY position), {_LETTERS}) AS caption
    FROM elements WHERE caption_of IS NOT NULL AND kind <> 'image' GROUP BY ALL
)
SELECT doc_id, position, image_id, kind, page, array_to_string(section_path, ' › ') AS section,
    left(regexp_replace(coalesce(text, alt, ''), '\\s+', ' ', 'g'), {_LETTERS}) AS text, caption
FROM elements LEFT JOIN captions USING (doc_id, position)
WHERE NOT coalesce(boilerplate, false) OR image_id IS NOT NULL
"""  # noqa: S608 (our own numbers)

_OF_PLACES = """
SELECT d.number, i.doc_id, i.position, s.image_id, s.kind, s.page, s.section, s.text, s.caption
FROM incoming i LEFT JOIN said s ON s.doc_id = i.doc_id AND s.position = i.position
LEFT JOIN known_documents d ON d.doc_id = i.doc_id ORDER BY i.index
"""
_OF_IMAGES = """
SELECT d.number, p.doc_id, p.position, i.image_id, 'image' AS kind, s.page, s.section, s.text, s.caption
FROM incoming i LEFT JOIN known_images p ON p.image_id = i.image_id
LEFT JOIN said s ON s.doc_id = p.doc_id AND s.position = p.position
LEFT JOIN known_documents d ON d.doc_id = p.doc_id ORDER BY i.index
"""


def make_index(snapshot: Snapshot, modality: Modality) -> None:
    """Write the index of a modality's vectors and their places, each atomically, the index last."""
    import faiss  # noqa: PLC0415 (heavy)

    total = count_stored(snapshot.dataset, snapshot.tables["embeddings"], modality)
    cells = max(1, min(total // _PER_CELL, int(2 * total**0.5)))
    sample = _sample(snapshot, modality, total, cells * _TRAINING_PER_CELL)
    width = sample.shape[1]
    # Of unit vectors the nearest are those of highest cosine. Cells by distance are tighter than by product,
    # so the byte that holds a number beyond its cell's middle is a finer one: recall .98 and not .92.
    index = faiss.IndexIVFScalarQuantizer(
        faiss.IndexFlatL2(width), width, cells, faiss.ScalarQuantizer.QT_8bit, faiss.METRIC_L2
    )
    if total:
        index.train(sample)
    path, places = index_path(snapshot, modality), places_path(snapshot, modality)
    temporary = temporary_path(places)
    with _described(snapshot) as database, pa.ipc.new_file(str(temporary), PLACES) as writer:
        waiting: list[dict[str, Any]] = []
        for rows, vectors in _batches(snapshot, modality):
            index.add(_units(vectors))
            waiting += rows
            if len(waiting) >= _DESCRIBED_AT_ONCE:
                writer.write_table(_places(database, waiting, modality))
                waiting = []
        writer.write_table(_places(database, waiting, modality))
    temporary.replace(places)
    temporary = temporary_path(path)
    faiss.write_index(index, str(temporary))
    temporary.replace(path)


def _batches(snapshot: Snapshot, modality: Modality) -> Iterator[Batch]:
    return rows_of(stored_batches(snapshot.dataset, snapshot.tables["embeddings"]), modality)


def _sample(snapshot: Snapshot, modality: Modality, total: int, most: int) -> np.ndarray[Any, Any]:
    """Return at most `most` unit vectors, drawn from all of them."""
    chosen = np.sort(np.random.default_rng(0).permutation(total)[:most])
    parts, before = [], 0
    for _, vectors in _batches(snapshot, modality):
        own = chosen[(chosen >= before) & (chosen < before + len(vectors))] - before
        parts.append(_units(vectors[own]))
        before += len(vectors)
    return np.concatenate(parts) if parts else np.zeros((0, 1), np.float32)


def _units(vectors: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    norms = np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-12)
    return np.ascontiguousarray(vectors / norms, dtype=np.float32)


def _described(snapshot: Snapshot) -> DuckDBPyConnection:
    """Return a database that knows what stands at each place, and the catalogue's documents and images."""
    import duckdb  # noqa: PLC0415 (heavy)

    build_id = snapshot.build.build_id if snapshot.build else None
    source = connect(snapshot.dataset, build_id)
    source.execute(_SAID)
    quoted = str(ensure_catalogue(snapshot)).replace("'", "''")
    with duckdb.connect(":memory:") as catalogue:
        catalogue.execute(f"ATTACH '{quoted}' AS catalogue (READ_ONLY)")
        for name, columns in (("documents", "doc_id, number"), ("images", "image_id, doc_id, position")):
            rows = catalogue.sql(f"SELECT {columns} FROM catalogue.{name}").to_arrow_table()  # noqa: S608
            source.register("incoming", rows)
            source.execute(f"CREATE TEMP TABLE known_{name} AS SELECT * FROM incoming")  # noqa: S608
            source.unregister("incoming")
    return source


def _places(database: DuckDBPyConnection, rows: list[dict[str, Any]], modality: Modality) -> pa.Table:
    schema = pa.schema(
        [("image_id", pa.string()), ("doc_id", pa.string()), ("position", pa.int32()), ("index", pa.int32())]
    )
    numbered = [row | {"index": index} for index, row in enumerate(rows)]
    database.register("incoming", pa.Table.from_pylist(numbered, schema=schema))
    found = database.sql(_OF_IMAGES if modality == "pixels" else _OF_PLACES).to_arrow_table()
    database.unregister("incoming")
    return found.cast(PLACES)


if __name__ == "__main__":
    chosen: dict[str, Modality] = {name: name for name in get_args(Modality)}
    make_index(take_snapshot(sys.argv[1], sys.argv[2] or None), chosen[sys.argv[3]])
