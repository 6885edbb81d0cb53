"""Where held-out documents lie in a run's space at some steps: `held_out/step-XXXXXX.arrow` of the run."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from storage.filesystem import join, list_sizes, read_bytes, write_bytes_atomic

_FOLDER = "held_out"
_SCHEMA = pa.schema(
    [
        ("doc_id", pa.string()),
        ("images", pa.list_(pa.float32())),  # mean of the unit vectors of its images
        ("texts", pa.list_(pa.float32())),
    ]
)


@dataclass(frozen=True)
class HeldOut:
    """Documents at one step: the means of their images' and of their texts' unit vectors, each [n, d]."""

    step: int
    doc_ids: list[str]
    images: NDArray[np.float32]
    texts: NDArray[np.float32]


def document_means(
    vectors: NDArray[np.floating], document: NDArray[np.int64], documents: int
) -> NDArray[np.float32]:
    """Return the mean of each document's vectors [n, d]; `document` [n] says whose each is."""
    sums = np.zeros((documents, vectors.shape[1]), dtype=np.float64)
    np.add.at(sums, document, vectors)
    counts = np.bincount(document, minlength=documents)[:, None]
    return (sums / np.maximum(counts, 1)).astype(np.float32)


def write_held_out(run: str, held: HeldOut) -> None:
    """Write the documents at a step, atomically."""
    columns: Sequence[pa.Array] = [
        pa.array(held.doc_ids, pa.string()),
        pa.array(held.images.astype(np.float32).tolist(), _SCHEMA.field("images").type),
        pa.array(held.texts.astype(np.float32).tolist(), _SCHEMA.field("texts").type),
    ]
    sink = pa.BufferOutputStream()
    with pa.ipc.new_file(sink, _SCHEMA) as writer:
        writer.write_table(pa.table(columns, schema=_SCHEMA))
    write_bytes_atomic(join(run, _FOLDER, f"step-{held.step:06d}.arrow"), sink.getvalue().to_pybytes())


def read_held_out(run: str) -> list[HeldOut]:
    """Return what a run kept, by step; empty for a run that kept nothing."""
    found = []
    for name in sorted(list_sizes(join(run, _FOLDER))):
        if not name.endswith(".arrow"):
            continue
        rows = pa.ipc.open_file(pa.py_buffer(read_bytes(join(run, _FOLDER, name)))).read_all()
        step = int(name.removeprefix("step-").removesuffix(".arrow"))
        means = [np.array(rows[part].to_pylist(), dtype=np.float32) for part in ("images", "texts")]
        found.append(HeldOut(step, rows["doc_id"].to_pylist(), means[0], means[1]))
    return found
