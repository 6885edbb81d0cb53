"""What could be packed: document groups with images and texts, and how the negatives link them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc

from storage.filesystem import join
from storage.parts import read_batches
from storage.schemas import SCHEMAS

Files = Mapping[str, Sequence[str]]

_GROUP_COLUMNS = ("group_id", "kind", "doc_id", "source", "family", "images", "texts")
_BATCH_ROWS = 4096


@dataclass(frozen=True)
class Candidates:
    """Document groups in the order of their ids; every list is by group, `images` names its `image_id`s."""

    group_ids: list[str]
    doc_ids: list[str]
    sources: list[str]
    families: list[str]
    images: list[list[str]]
    without_images: int  # groups with texts alone, which are left out
    without_texts: int  # groups with images alone or with nothing, which are left out


def read_candidates(dataset: str, files: Files) -> Candidates:
    """Return the groups that training can use, those with at least one image and one text."""
    rows: list[tuple[str, str, str, str]] = []
    places: dict[tuple[str, int], str] = {}
    without_images = without_texts = 0
    for batch in _batches(dataset, "groups", files, _GROUP_COLUMNS):
        for row in batch.filter(pc.field("kind") == "document").to_pylist():
            without_texts += not row["texts"]
            without_images += bool(row["texts"] and not row["images"])
            if row["images"] and row["texts"]:
                rows.append((row["group_id"], row["doc_id"], row["source"], row["family"]))
                places.update({(row["doc_id"], position): row["group_id"] for position in row["images"]})
    images: dict[str, list[str]] = {row[0]: [] for row in rows}
    for batch in _batches(dataset, "elements", files, ("doc_id", "position", "kind", "image_id")):
        for row in batch.filter(pc.field("kind") == "image").to_pylist():
            group_id = places.get((row["doc_id"], row["position"]))
            if group_id is not None and row["image_id"] is not None:
                images[group_id].append(row["image_id"])
    rows.sort()
    return Candidates(
        group_ids=[row[0] for row in rows],
        doc_ids=[row[1] for row in rows],
        sources=[row[2] for row in rows],
        families=[row[3] for row in rows],
        images=[images[row[0]] for row in rows],
        without_images=without_images,
        without_texts=without_texts,
    )


def weigh_negatives(dataset: str, files: Files, group_ids: Sequence[str]) -> list[tuple[int, int, float]]:
    """Return (group, group, weight of the negatives that the first one has in the second), by index.

    A negative weighs the less, the more probably it is a false one.
    """
    known = pa.array(group_ids, pa.string())
    weights: dict[tuple[int, int], float] = {}
    columns = ("group_id", "negative_group_id")
    for batch in _batches(dataset, "negatives", files, (*columns, "false_probability")):
        false = pc.fill_null(batch["false_probability"], 0.0).cast(pa.float64())
        pairs = {name: pc.index_in(batch[name], value_set=known) for name in columns}
        table = pa.table({**pairs, "weight": pc.subtract(1.0, false)}).drop_null()
        weighed = table.group_by(list(columns)).aggregate([("weight", "sum")])
        for ours, theirs, weight in zip(
            *(weighed[name].to_pylist() for name in (*columns, "weight_sum")), strict=True
        ):
            weights[ours, theirs] = weights.get((ours, theirs), 0.0) + weight
    return [(*pair, weight) for pair, weight in sorted(weights.items())]


def _batches(dataset: str, table: str, files: Files, columns: Sequence[str]) -> Iterator[pa.RecordBatch]:
    urls = [join(dataset, table, name) for name in files[table]]
    return read_batches(urls, SCHEMAS[table], columns, _BATCH_ROWS)
