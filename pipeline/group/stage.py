"""The stage `group`: puts kept images and texts into groups, one chunk for each file of elements."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from pipeline.clean.database import file_names, load_stream, load_table, open_database
from pipeline.clean.stage import EARLIER_STAGES
from pipeline.extract.media import CASE
from pipeline.group.groups import Group, group_id, groups_of
from pipeline.group.units import UNIT_COLUMNS, units_of
from pipeline.recipe import Recipe
from pipeline.stage import Chunk, Context, Stage
from storage.filesystem import join
from storage.parts import read_batches
from storage.schemas import ELEMENTS, GROUPS

_BATCH_ROWS = 8192
_MEMBERS = pa.schema([("file", pa.string()), ("doc_id", pa.string()), ("image_id", pa.string())])
_KEPT_BY_FILE = """
    WITH kept_documents AS (
        SELECT doc_id, source, family, media_type FROM documents
        WHERE doc_id NOT IN (SELECT unit_id FROM rejections WHERE unit = 'document' AND unit_id IS NOT NULL)
    ), kept_images AS (
        SELECT DISTINCT image_id FROM images
        WHERE image_id NOT IN (SELECT unit_id FROM rejections WHERE unit = 'image' AND unit_id IS NOT NULL)
    ), by_document AS (
        SELECT file, list([doc_id, source, family, media_type] ORDER BY doc_id) AS documents
        FROM (SELECT DISTINCT file, doc_id FROM members) JOIN kept_documents USING (doc_id) GROUP BY file
    ), by_image AS (
        SELECT file, list(image_id ORDER BY image_id) AS images
        FROM (SELECT DISTINCT file, image_id FROM members SEMI JOIN kept_documents USING (doc_id))
        SEMI JOIN kept_images USING (image_id) GROUP BY file
    )
    SELECT file, documents, coalesce(images, [])
    FROM by_document LEFT JOIN by_image USING (file) ORDER BY file
"""


def _plan(context: Context) -> Iterator[Chunk]:
    """Give a chunk for each file of elements, with those of its documents and images that were kept.

    A chunk depends on the decisions about its own documents alone: a threshold that changes others leaves its
    result as it is.
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
        while some := rows.fetchmany(64):
            for file, kept_documents, kept_images in some:
                yield Chunk({"elements": file, "documents": kept_documents, "images": kept_images})


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
    kept_images = frozenset(chunk.inputs["images"])
    rows = _rows_by_document(join(context.dataset, "elements", chunk.inputs["elements"]))
    groups: list[dict[str, Any]] = []
    for doc_id, source, family, media_type in chunk.inputs["documents"]:
        units = units_of(rows[doc_id], kept_images)
        groups += [
            {**_row(doc_id, group), "source": source, "family": family}
            for group in groups_of(units, context.recipe.groups, media_type == CASE)
        ]
    return {"groups": pa.Table.from_pylist(groups, schema=GROUPS)}


def _rows_by_document(url: str) -> Mapping[str, Sequence[Mapping[str, Any]]]:
    rows: dict[str, list[Mapping[str, Any]]] = defaultdict(list)
    for batch in read_batches([url], ELEMENTS, UNIT_COLUMNS, _BATCH_ROWS):
        # Code and headings are long and many, and never members.
        for row in batch.filter(~pc.field("kind").isin(["code", "heading", "math"])).to_pylist():
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
