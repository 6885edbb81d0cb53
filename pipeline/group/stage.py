"""The stage `group`: puts kept images and texts into groups, one chunk for each file of elements."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from itertools import groupby
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from pipeline.clean.database import file_names, load_stream, load_table, open_database
from pipeline.clean.stage import EARLIER_STAGES
from pipeline.extract.media import CASE
from pipeline.group.groups import Group, group_id, groups_of
from pipeline.group.units import UNIT_COLUMNS, units_of
from pipeline.recipe import Recipe
from pipeline.stage import Chunk, Context, Item, Stage, with_items
from storage.filesystem import join
from storage.manifests import items_of_file
from storage.parts import read_batches
from storage.schemas import ELEMENTS, GROUPS

_BATCH_ROWS = 8192
_AT_A_TIME = 1024
_MEMBERS = pa.schema([("file", pa.string()), ("doc_id", pa.string()), ("image_id", pa.string())])
_KEPT_BY_FILE = """
    WITH kept_documents AS (
        SELECT doc_id, source, family, media_type FROM documents
        WHERE doc_id NOT IN (SELECT unit_id FROM rejections WHERE unit = 'document' AND unit_id IS NOT NULL)
    ), kept_images AS (
        SELECT DISTINCT image_id FROM images
        WHERE image_id NOT IN (SELECT unit_id FROM rejections WHERE unit = 'image' AND unit_id IS NOT NULL)
    ), placed AS (
        SELECT DISTINCT file, doc_id FROM members
    ), by_image AS (
        SELECT file, doc_id, list(image_id ORDER BY image_id) AS images
        FROM (SELECT DISTINCT file, doc_id, image_id FROM members) SEMI JOIN kept_images USING (image_id)
        GROUP BY file, doc_id
    ), dropped_texts AS (
        SELECT DISTINCT unit_id, regexp_extract(unit_id, '^(.*)#[0-9]+$', 1) AS doc_id
        FROM rejections WHERE unit = 'element'
    ), by_text AS (
        SELECT doc_id, list(unit_id ORDER BY unit_id) AS texts FROM dropped_texts GROUP BY doc_id
    )
    SELECT file, doc_id, source, family, media_type, coalesce(images, []), coalesce(texts, [])
    FROM placed JOIN kept_documents USING (doc_id)
    LEFT JOIN by_image USING (file, doc_id) LEFT JOIN by_text USING (doc_id)
    ORDER BY file, doc_id
"""


def _plan(context: Context) -> Iterator[Chunk]:
    """Give a chunk for each file of elements, with what was kept of its documents, images and texts.

    A document depends on the decisions about itself alone: a threshold that changes others leaves its groups
    as they are.
    """
    dataset = context.dataset
    decided = tuple(f"{stage}-" for stage in (*EARLIER_STAGES, "clean"))
    rejections = [name for name in file_names(dataset, "rejections") if name.startswith(decided)]
    with open_database() as connection:
        documents = file_names(dataset, "documents")
        load_table(connection, dataset, "documents", documents, ["doc_id", "source", "family", "media_type"])
        load_table(connection, dataset, "images", file_names(dataset, "images"), ["image_id"])
        load_table(connection, dataset, "rejections", rejections, ["unit", "unit_id"])
        load_stream(connection, "members", _MEMBERS, _members(dataset))
        rows = connection.execute(_KEPT_BY_FILE)
        for file, kept in groupby(_all(rows), lambda row: row[0]):
            told = {one.name: one.told.get("members", one.key) for one in items_of_file(dataset, file) or ()}
            items = [
                Item(doc_id, {"elements": told.get(doc_id, file), "document": [doc_id, *facts]})
                for _, doc_id, *facts in kept
            ]
            yield Chunk({}, {"file": file}, items)


def _all(rows: Any) -> Iterator[tuple[Any, ...]]:
    while batch := rows.fetchmany(_AT_A_TIME):
        yield from batch


def _members(dataset: str) -> Iterator[pa.RecordBatch]:
    """Give each document, and each of its images, with the file that holds it."""
    columns = ["doc_id", "image_id"]
    for name in file_names(dataset, "elements"):
        url = join(dataset, "elements", name)
        for batch in read_batches([url], ELEMENTS, columns, _BATCH_ROWS):
            distinct = pa.table(batch).group_by(columns).aggregate([])
            names = pa.array([name] * distinct.num_rows, pa.string())
            yield from distinct.add_column(0, "file", names).cast(_MEMBERS).to_batches()


def _process(context: Context, chunk: Chunk) -> Mapping[str, pa.Table]:
    documents = [item.inputs["document"] for item in chunk.items]
    dropped = {unit_id for *_, texts in documents for unit_id in texts}
    url = join(context.dataset, "elements", chunk.known["file"])
    rows = _rows_by_document(url, [doc_id for doc_id, *_ in documents], dropped)
    groups: list[dict[str, Any]] = []
    numbers: list[int] = []
    for number, (doc_id, source, family, media_type, kept_images, _) in enumerate(documents):
        units = units_of(rows[doc_id], frozenset(kept_images))
        own = groups_of(units, context.recipe.groups, media_type == CASE)
        groups += [{**_row(doc_id, group), "source": source, "family": family} for group in own]
        numbers += [number] * len(own)
    return {"groups": with_items(pa.Table.from_pylist(groups, schema=GROUPS), numbers)}


def _rows_by_document(
    url: str, doc_ids: Sequence[str], dropped: Collection[str]
) -> Mapping[str, Sequence[Mapping[str, Any]]]:
    rows: dict[str, list[Mapping[str, Any]]] = defaultdict(list)
    wanted = pa.array(doc_ids, pa.string())
    for batch in read_batches([url], ELEMENTS, UNIT_COLUMNS, _BATCH_ROWS):
        # Code and headings are long and many, and never members.
        own = batch.filter(pc.is_in(batch["doc_id"], value_set=wanted))
        for row in own.filter(~pc.field("kind").isin(["code", "heading", "math"])).to_pylist():
            if f"{row['doc_id']}#{row['position']}" not in dropped:
                rows[row["doc_id"]].append(row)
    return rows


def _row(doc_id: str, group: Group) -> dict[str, Any]:
    return {
        "group_id": group_id(group.kind, doc_id, group.images, group.texts),
        "kind": group.kind,
        "doc_id": doc_id,
        "images": group.images,
        "texts": group.texts,
        "prior": group.prior.ravel(),
    }


def _settings(recipe: Recipe) -> Mapping[str, Any]:
    return recipe.groups.model_dump(mode="json")


#: Writes `groups`.
GROUP = Stage(name="group", tables=("groups",), plan=_plan, process=_process, settings=_settings)
