"""Multiplies a mined dataset: every row again and again under other ids, vectors a little moved.

Documents and pictures are multiplied by numbers of their own: a document's copy shows the copy of a picture
whose turn it is. What is written has the files that a build of that size would have, and one build that pins
them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from storage import tables
from storage.builds import latest_build, record_build
from storage.parts import Part

_NOISE = 0.25  # of a vector's length
_NEGATIVES = 2  # of an anchor that are kept
_FILES = 32  # of a table, at most one more

Change = Callable[[pa.Table], pa.Table]


def multiply(base: str, out: str, documents: int, images: int, seed: int = 0) -> None:
    """Write a dataset of at least so many documents and images at `out`, made of the one at `base`.

    Args:
        base: a mined dataset.
        out: where; nothing may be there yet.
        documents: the fewest rows of `documents`.
        images: the fewest images with a vector.
        seed: of the noise.
    """
    build = latest_build(base)
    assert build is not None
    rows = {
        name: tables.read(base, name, version) for name, version in build.tables.items() if name != "builds"
    }
    embedded = pc.sum(pc.equal(rows["embeddings"]["modality"], "pixels")).as_py()
    copies = -(-documents // rows["documents"].num_rows)
    pictures = min(copies, -(-images // embedded))
    versions = {}
    for name, of_table in rows.items():
        parts = list(_parts(out, name, of_table, copies=copies, pictures=pictures, seed=seed))
        versions[name] = tables.commit(out, name, "many", parts, app_id=f"many/{name}")
    record_build(
        out,
        replace(
            build,
            build_id="many",
            parent=None,
            stage="build",
            created_at=datetime.now(UTC),
            tables=versions,
            counts={name: tables.count(out, name, version) for name, version in versions.items()},
            stages={},
        ),
    )


def _parts(out: str, name: str, rows: pa.Table, *, copies: int, pictures: int, seed: int) -> Iterator[Part]:
    draw = np.random.default_rng(seed)
    together: list[pa.Table] = []
    for copy in range(copies):
        own = rows
        if name in ("images", "image_stats", "image_words") and copy >= pictures:
            break
        if name == "embeddings" and copy >= pictures:
            own = own.filter(pc.is_null(own["image_id"]))
        if name == "rejections" and copy >= pictures:
            own = own.filter(pc.not_equal(own["unit"], "image"))
        if name == "negatives":
            own = own.filter(pc.less(own["rank"], _NEGATIVES))
        changed = _copied(own, copy, copy % pictures)
        if name == "embeddings":
            changed = _moved(changed, draw)
        if name == "documents":
            changed = _titled(changed, copy)
        together.append(changed)
        if len(together) >= copies / _FILES:
            yield tables.write_part(out, name, f"many-{copy:04x}", pa.concat_tables(together))
            together = []
    if together:
        yield tables.write_part(out, name, "many-rest", pa.concat_tables(together))


def _copied(rows: pa.Table, copy: int, picture: int) -> pa.Table:
    """Return rows whose ids are those of a copy: its number stands for their first digits."""
    for column in ("doc_id", "negative_doc_id", "group_id", "negative_group_id", "family"):
        rows = _with_prefix(rows, column, f"{copy:04x}")
    rows = _with_prefix(rows, "image_id", f"{picture:04x}")
    if "unit_id" in rows.column_names:
        number = pc.if_else(pc.equal(rows["unit"], "image"), f"{picture:04x}", f"{copy:04x}")
        changed = pc.binary_join_element_wise(number, pc.utf8_slice_codeunits(rows["unit_id"], 4), "")
        hashed = pc.is_in(rows["unit"], pa.array(["image", "document", "element", "group"]))
        rows = _set(rows, "unit_id", pc.if_else(hashed, changed, rows["unit_id"]))
    return rows


def _with_prefix(rows: pa.Table, column: str, prefix: str) -> pa.Table:
    if column not in rows.column_names:
        return rows
    rest = pc.utf8_slice_codeunits(rows[column], 4)
    return _set(rows, column, pc.binary_join_element_wise(prefix, rest, ""))


def _titled(rows: pa.Table, copy: int) -> pa.Table:
    titles = pc.binary_join_element_wise(pc.coalesce(rows["title"], rows["path"]), f"({copy})", " ")
    paths = pc.binary_join_element_wise(f"copy-{copy}", rows["path"], "/")
    return _set(_set(rows, "title", titles), "path", paths)


def _moved(rows: pa.Table, draw: np.random.Generator) -> pa.Table:
    vectors = rows["vector"].combine_chunks()
    flat = vectors.values.to_numpy(zero_copy_only=False).astype(np.float32)
    offsets = vectors.offsets.to_numpy()
    flat = flat[offsets[0] : offsets[-1]]
    lengths = np.diff(offsets)
    norms = np.sqrt(np.add.reduceat(flat.astype(np.float64) ** 2, offsets[:-1] - offsets[0]))
    spread = np.repeat(_NOISE * norms / np.sqrt(lengths), lengths).astype(np.float32)
    moved = flat + spread * draw.standard_normal(len(flat), dtype=np.float32)
    made = pa.ListArray.from_arrays(pa.array(offsets - offsets[0], pa.int32()), pa.array(moved, pa.float32()))
    return _set(rows, "vector", made)


def _set(rows: pa.Table, column: str, values: pa.Array | pa.ChunkedArray) -> pa.Table:
    return rows.set_column(rows.schema.get_field_index(column), column, values)
