"""The stage `negatives`: mines each image and text for its nearest strangers, one chunk for some anchors."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

import numpy as np
import pyarrow as pa

from pipeline.clean.database import file_names
from pipeline.identity import code_version
from pipeline.mine.approximate import build_index
from pipeline.mine.estimate import FalseNegatives
from pipeline.mine.guards import TextComparer
from pipeline.mine.load import load_members, table_batches
from pipeline.mine.marked import read_marked
from pipeline.mine.marks import document_marks, member_marks
from pipeline.mine.nearest import key_rows, nearest_rows, read_before
from pipeline.mine.search import Blocks, Direction, Found, Search, directions, guards_of, search
from pipeline.mine.vectors import Modality, VectorSource, open_blocks
from pipeline.recipe import Recipe
from pipeline.stage import Chunk, Context, Stage
from storage.schemas import NEGATIVES as NEGATIVES_SCHEMA
from storage.schemas import table_of
from storage.staging import staging_batches, staging_files

#: Anchors of a chunk, in blocks: all keys are read anew for each chunk.
BLOCKS_OF_ANCHORS = 4
#: And of a chunk that searches approximately, for which an index of all keys is built.
BLOCKS_OF_INDEXED_ANCHORS = 64


def _plan(context: Context) -> Iterator[Chunk]:
    """Give, for each direction, chunks of consecutive anchors: members of document groups in table order."""
    settings = context.recipe.mine
    tables = ("groups", "elements", "images", "embeddings")
    names = {table: file_names(context.dataset, table) for table in tables}
    marks = file_names(context.dataset, "marks")
    if marks:  # what was mined before there were any stays as it is
        names["marks"] = marks
    before = {
        table: [url.rsplit("/", 1)[-1] for url in staging_files(context.dataset, table)]
        for table in ("nearest", "mined_keys")
    }
    images, texts = _count(context.dataset, names["groups"])
    for direction in directions(settings):
        anchors, keys = (texts if side == "text" else images for side in (direction.anchor, direction.key))
        approximate = keys > settings.approximate_above
        blocks = BLOCKS_OF_INDEXED_ANCHORS if approximate else BLOCKS_OF_ANCHORS
        size = blocks * settings.block_rows
        for start in range(0, anchors, size):
            place = {"direction": direction.name, "start": start, "stop": min(start + size, anchors)}
            yield Chunk({**place, "approximate": approximate, **names}, before)


def _count(dataset: str, names: list[str]) -> tuple[int, int]:
    """Return how many images and texts the document groups have."""
    images = texts = 0
    for batch in table_batches(dataset, "groups", names, ["kind", "images", "texts"]):
        for row in batch.to_pylist():
            if row["kind"] == "document":
                images, texts = images + len(row["images"]), texts + len(row["texts"])
    return images, texts


def _process(context: Context, chunk: Chunk) -> Mapping[str, pa.Table]:
    settings, inputs = context.recipe.mine, chunk.inputs
    direction = next(known for known in directions(settings) if known.name == inputs["direction"])
    members = load_members(context.dataset, inputs)

    @cache
    def blocks(modality: Modality, encoder: str) -> Blocks:
        source = VectorSource(context.dataset, tuple(inputs["embeddings"]), modality, encoder)
        return open_blocks(source, members, settings.block_rows)

    keys, anchor_blocks = (blocks(side, direction.encoder) for side in (direction.key, direction.anchor))
    pixels, texts = blocks("pixels", settings.image_encoder), blocks("text", settings.text_encoder)
    used = {direction.key: keys, direction.anchor: anchor_blocks}
    of_images = [pixels(), *(found() for side, found in used.items() if side == "pixels")]
    of_members = [texts(), *(found() for side, found in used.items() if side != "pixels")]
    told = json.dumps([code_version(), settings.model_dump(mode="json")])
    of_documents = document_marks(members, of_members, of_images, told)
    work = Search(
        direction,
        members,
        TextComparer(context.dataset, inputs["elements"], members, settings.text_jaccard),
        FalseNegatives(members, pixels, texts),
        settings,
        keys,
        member_marks(members, of_documents),
        cache(lambda: build_index(keys())) if inputs["approximate"] else None,
        read_marked(context.dataset, inputs.get("marks", ()), members),
    )
    of_kind = np.flatnonzero(members.is_image != (direction.anchor == "text"))
    anchors = of_kind[inputs["start"] : inputs["stop"]]
    before = read_before(context.dataset, direction.name, chunk.known, work.marks[anchors])
    found = search(work, anchors, anchor_blocks, before)
    return {
        "negatives": _rows(work, found),
        "rejections": _refusals(direction, found),
        **_kept(work, found, with_keys=inputs["start"] == 0),
    }


def _kept(work: Search, found: Found, with_keys: bool) -> Mapping[str, pa.Table]:
    """Return what the next mining goes on from; one chunk of a direction tells its keys."""
    members, name = work.members, work.direction.name
    keys = work.marks[members.first_of_image] if work.direction.key == "pixels" else work.marks
    doc_ids = [members.doc_ids[doc] for doc in members.doc[found.anchors].tolist()]
    kept = {"staging/nearest": nearest_rows(name, doc_ids, work.marks[found.anchors], found.nearest, keys)}
    return {**kept, "staging/mined_keys": key_rows(name, keys)} if with_keys else kept


def _account(context: Context) -> dict[str, Any]:
    """Say for how many anchors all keys were searched, and how many met the new ones only."""
    fresh = rows = 0
    for batch in staging_batches(context.dataset, "nearest", ["fresh"]):
        fresh += batch["fresh"].true_count
        rows += batch.num_rows
    return {"anchors": {"searched": fresh, "kept": rows - fresh}}


def _rows(work: Search, found: Found) -> pa.Table:
    direction, members = work.direction, work.members
    group_ids, doc_ids = pa.array(members.group_ids, pa.string()), pa.array(members.doc_ids, pa.string())
    ours, theirs, rows = found.anchor, found.negative, len(found.anchor)
    # Two lists at most, repeated: dictionaries would not survive the table.
    estimated = work.estimate.estimate is not None
    lists = pa.array([guards_of(work, has_positive, estimated) for has_positive in (False, True)])
    columns = {
        "group_id": group_ids.take(members.group[ours]),
        "doc_id": doc_ids.take(members.doc[ours]),
        "position": pa.array(members.position[ours], pa.int32()),
        "negative_group_id": group_ids.take(members.group[theirs]),
        "negative_doc_id": doc_ids.take(members.doc[theirs]),
        "negative_position": pa.array(members.position[theirs], pa.int32()),
        "modality": pa.array([direction.name] * rows, pa.string()),
        "score": pa.array(found.score, pa.float32()),
        "rank": pa.array(found.rank, pa.int32()),
        "encoder": pa.array([direction.encoder] * rows, pa.string()),
        "guards": lists.take(found.has_positive.astype(np.int64)),
        "false_probability": pa.array(found.false_probability, pa.float32(), from_pandas=True),
    }
    return pa.table(columns).cast(NEGATIVES_SCHEMA)


def _refusals(direction: Direction, found: Found) -> pa.Table:
    """Return one row for each guard: how many pairs it refused for these anchors."""
    rows: list[dict[str, object]] = [
        {
            "stage": "negatives",
            "unit": "negative",
            "unit_id": direction.name,
            "rule": guard,
            "value": float(count),
            "detail": f"The guard {guard} refused {count} pairs in the direction {direction.name}.",
        }
        for guard, count in sorted(found.refused.items())
        if count
    ]
    return table_of("rejections", rows)


def _settings(recipe: Recipe) -> Mapping[str, Any]:
    return recipe.mine.model_dump(mode="json")


#: Writes `negatives`, and a summary of what each guard refused into `rejections`.
NEGATIVES = Stage(
    name="negatives",
    tables=("negatives", "rejections"),
    plan=_plan,
    process=_process,
    settings=_settings,
    account=_account,
)
