"""The stage `resolve`: elements get the id of the image that they name, and a mark if a site repeats them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import groupby
from typing import Any, TypeVar

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from pipeline.boilerplate.marks import as_inputs, mark_repeated
from pipeline.boilerplate.repeats import repeated_by_file
from pipeline.clean.database import load_stream, open_database
from pipeline.images.fetch import LOCATIONS
from pipeline.recipe import Recipe
from pipeline.stage import Chunk, Context, Stage
from storage.filesystem import arrow_filesystem, join
from storage.parts import read_batches
from storage.schemas import ELEMENTS
from storage.staging import staging_batches, staging_files

_COLUMNS = ("image_url", "image_id")
_NAMED_COLUMNS: dict[str, pa.DataType] = {"file": pa.int64(), "image_url": pa.string()}
_NAMED = pa.schema(_NAMED_COLUMNS)
_AT_A_TIME = 1024
_Value = TypeVar("_Value")


def _plan(context: Context) -> Iterator[Chunk]:
    # Names hold a hash of what is in the files; their folder may move. A file of margins has the name of the
    # file of elements that it was written with.
    names = [url.rsplit("/", 1)[-1] for url in staging_files(context.dataset, "read_elements")]
    ids = _in_turn(names, _ids_by_file(context.dataset, names))
    repeats = _in_turn(names, repeated_by_file(context.dataset))
    for name, known, repeated in zip(names, ids, repeats, strict=True):
        yield Chunk(
            {"file": name, "ids": sorted((known or {}).items()), "repeated": as_inputs(repeated or {})}
        )


def _in_turn(names: list[str], found: Iterator[tuple[str, _Value]]) -> Iterator[_Value | None]:
    """Give for each name what was found for it, or None; `found` has some of the names, in the same order."""
    ahead = next(found, None)
    for name in names:
        if ahead is not None and ahead[0] == name:
            yield ahead[1]
            ahead = next(found, None)
        else:
            yield None


def _ids_by_file(dataset: str, names: list[str]) -> Iterator[tuple[str, dict[str, str]]]:
    """Give, for each file that names images that were had, its name and image_url -> image_id."""
    with open_database() as database:
        columns = pa.schema([LOCATIONS.field(name) for name in _COLUMNS])
        load_stream(database, "had", columns, staging_batches(dataset, "locations", _COLUMNS))
        load_stream(database, "named", _NAMED, _named(dataset, names))
        rows = database.execute(
            """
            SELECT DISTINCT file, image_url, had.image_id FROM named JOIN had USING (image_url)
            ORDER BY file, image_url
            """
        )
        for number, group in groupby(_all(rows), lambda row: row[0]):
            yield names[number], {image_url: image_id for _, image_url, image_id in group}


def _named(dataset: str, names: list[str]) -> Iterator[pa.RecordBatch]:
    schema = pa.schema([ELEMENTS.field(name) for name in _COLUMNS])
    for number, name in enumerate(names):
        url = join(dataset, "staging", "read_elements", name)
        for batch in read_batches([url], schema, _COLUMNS, _AT_A_TIME):
            open_ones = batch.filter(pc.and_(pc.is_valid(batch["image_url"]), pc.is_null(batch["image_id"])))
            numbers = pa.array([number] * open_ones.num_rows, pa.int64())
            yield pa.record_batch([numbers, open_ones["image_url"]], schema=_NAMED)


def _all(rows: Any) -> Iterator[tuple[Any, ...]]:
    while batch := rows.fetchmany(_AT_A_TIME):
        yield from batch


def _process(context: Context, chunk: Chunk) -> Mapping[str, pa.Table]:
    filesystem, path = arrow_filesystem(
        join(context.dataset, "staging", "read_elements", chunk.inputs["file"])
    )
    elements = pq.read_table(path, filesystem=filesystem).select(ELEMENTS.names).cast(ELEMENTS)
    known = dict(chunk.inputs["ids"])
    filled = pa.array([known.get(one) for one in elements["image_url"].to_pylist()], pa.string())
    # Images that stood inside the document had their id from the reader.
    column = pc.if_else(pc.is_valid(elements["image_id"]), elements["image_id"], filled)
    columns = {name: elements[name] for name in ELEMENTS.names} | {"image_id": column}
    resolved = pa.table(columns, schema=ELEMENTS)
    return {"elements": mark_repeated(resolved, chunk.inputs["repeated"])}


def _settings(recipe: Recipe) -> Mapping[str, Any]:  # noqa: ARG001
    return {}


RESOLVE = Stage("resolve", ("elements",), _plan, _process, _settings)
