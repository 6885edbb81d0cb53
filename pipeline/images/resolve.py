"""The stage `resolve`: elements get the id of the image that they name, and a mark if a site repeats them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from typing import Any, TypeVar

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from pipeline.boilerplate.marks import Repeated, as_inputs, mark_repeated
from pipeline.boilerplate.repeats import repeated_by_file
from pipeline.clean.database import load_stream, open_database
from pipeline.identity import short_hash
from pipeline.images.fetch import LOCATIONS
from pipeline.recipe import Recipe
from pipeline.stage import Chunk, Context, Item, Stage, with_items
from storage.filesystem import arrow_filesystem, join
from storage.manifests import ItemRows, items_of_file
from storage.parts import read_batches
from storage.schemas import ELEMENTS
from storage.staging import staging_batches, staging_files

_COLUMNS = ("image_url", "image_id")
_NAMED_COLUMNS: dict[str, pa.DataType] = {
    "file": pa.int64(), "doc_id": pa.string(), "image_url": pa.string(),
}  # fmt: skip
_NAMED = pa.schema(_NAMED_COLUMNS)
_AT_A_TIME = 1024
_READ = "staging/read_elements"
_Value = TypeVar("_Value")
#: image_url -> image_id, by document.
_Ids = Mapping[str, Mapping[str, str]]


def _plan(context: Context) -> Iterator[Chunk]:
    # Names hold a hash of what is in the files; their folder may move. A file of margins has the name of the
    # file of elements that it was written with.
    names = [url.rsplit("/", 1)[-1] for url in staging_files(context.dataset, "read_elements")]
    ids = _in_turn(names, _ids_by_file(context.dataset, names))
    repeats = _in_turn(names, repeated_by_file(context.dataset))
    for name, known, repeated in zip(names, ids, repeats, strict=True):
        read = items_of_file(context.dataset, name)
        if read is None:
            told = {"ids": _as_inputs(known or {}), "repeated": as_inputs(repeated or {})}
            yield Chunk({"file": name, **told})
            continue
        items = [
            _item(one, (known or {}).get(one.name, {}), (repeated or {}).get(one.name, {}))
            for one in read
            if _READ in one.rows
        ]
        yield Chunk({}, {"file": name}, items)


def _as_inputs(ids: _Ids) -> list[list[str]]:
    return sorted([doc_id, url, image_id] for doc_id, own in ids.items() for url, image_id in own.items())


def _item(read: ItemRows, ids: Mapping[str, str], repeated: Mapping[int, float]) -> Item:
    """Return a document as an item.

    What depends on its texts alone goes by `text`, and so is not done again when an image comes or a score
    changes; what depends on its images as well by `members`.
    """
    inputs = {"ids": _as_inputs({read.name: ids}), "repeated": as_inputs({read.name: repeated})}
    text = short_hash([read.key, sorted(repeated)])
    told = {"text": text, "members": short_hash([text, inputs["ids"]])}
    return Item(read.name, {"read": read.key, **inputs}, told=told)


def _in_turn(names: list[str], found: Iterator[tuple[str, _Value]]) -> Iterator[_Value | None]:
    """Give for each name what was found for it, or None; `found` has some of the names, in the same order."""
    ahead = next(found, None)
    for name in names:
        if ahead is not None and ahead[0] == name:
            yield ahead[1]
            ahead = next(found, None)
        else:
            yield None


def _ids_by_file(dataset: str, names: list[str]) -> Iterator[tuple[str, _Ids]]:
    """Give, for each file that names images that were had, its name and the images of its documents."""
    with open_database() as database:
        columns = pa.schema([LOCATIONS.field(name) for name in _COLUMNS])
        load_stream(database, "had", columns, staging_batches(dataset, "locations", _COLUMNS))
        load_stream(database, "named", _NAMED, _named(dataset, names))
        rows = database.execute(
            """
            SELECT DISTINCT file, doc_id, image_url, had.image_id FROM named JOIN had USING (image_url)
            ORDER BY file, doc_id, image_url
            """
        )
        for number, group in groupby(_all(rows), lambda row: row[0]):
            by_document = groupby(group, lambda row: row[1])
            yield names[number], {doc_id: {row[2]: row[3] for row in own} for doc_id, own in by_document}


def _named(dataset: str, names: list[str]) -> Iterator[pa.RecordBatch]:
    columns = ("doc_id", *_COLUMNS)
    schema = pa.schema([ELEMENTS.field(name) for name in columns])
    for number, name in enumerate(names):
        url = join(dataset, "staging", "read_elements", name)
        for batch in read_batches([url], schema, columns, _AT_A_TIME):
            open_ones = batch.filter(pc.and_(pc.is_valid(batch["image_url"]), pc.is_null(batch["image_id"])))
            numbers = pa.array([number] * open_ones.num_rows, pa.int64())
            yield pa.record_batch([numbers, open_ones["doc_id"], open_ones["image_url"]], schema=_NAMED)


def _all(rows: Any) -> Iterator[tuple[Any, ...]]:
    while batch := rows.fetchmany(_AT_A_TIME):
        yield from batch


def _process(context: Context, chunk: Chunk) -> Mapping[str, pa.Table]:
    if not chunk.items:
        elements = _read(context.dataset, chunk.inputs["file"])
        return {"elements": _resolved(elements, chunk.inputs["ids"], chunk.inputs["repeated"])}
    elements = _read(context.dataset, chunk.known["file"])
    names = pa.array([item.name for item in chunk.items], pa.string())
    elements = elements.filter(pc.is_in(elements["doc_id"], value_set=names))
    ids = [row for item in chunk.items for row in item.inputs["ids"]]
    repeated = [page for item in chunk.items for page in item.inputs["repeated"]]
    numbers = pc.index_in(elements["doc_id"], value_set=names).to_numpy()
    return {"elements": with_items(_resolved(elements, ids, repeated), numbers)}


def _read(dataset: str, name: str) -> pa.Table:
    filesystem, path = arrow_filesystem(join(dataset, _READ, name))
    with filesystem.open_input_file(path) as file:
        return pq.ParquetFile(file).read().select(ELEMENTS.names).cast(ELEMENTS)


def _resolved(elements: pa.Table, ids: Sequence[Sequence[str]], repeated: Repeated) -> pa.Table:
    known = {(doc_id, url): image_id for doc_id, url, image_id in ids}
    places = zip(elements["doc_id"].to_pylist(), elements["image_url"].to_pylist(), strict=True)
    filled = pa.array([known.get(place) for place in places], pa.string())
    # Images that stood inside the document had their id from the reader.
    column = pc.if_else(pc.is_valid(elements["image_id"]), elements["image_id"], filled)
    columns = {name: elements[name] for name in ELEMENTS.names} | {"image_id": column}
    return mark_repeated(pa.table(columns, schema=ELEMENTS), repeated)


def _settings(recipe: Recipe) -> Mapping[str, Any]:  # noqa: ARG001
    return {}


RESOLVE = Stage("resolve", ("elements",), _plan, _process, _settings)
