"""The stage `images`: the bytes of each image once, decoded and measured, or why they are of no use."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import asdict
from itertools import groupby
from typing import Any

import pyarrow as pa

from pipeline.clean.database import load_stream, open_database
from pipeline.cut import cut
from pipeline.images.blobs import PLACES, blob_places, read_blobs
from pipeline.images.decode import Measured, Refused, measure
from pipeline.images.fetch import LOCATIONS
from pipeline.recipe import ImageSettings, Recipe
from pipeline.stage import Chunk, Context, Item, Stage, with_items
from storage.filesystem import read_bytes
from storage.schemas import table_of
from storage.staging import staging_batches

_COLUMNS = ("image_id", "location", "size")
#: Images of a chunk on average.
_IMAGES_AT_A_TIME = 48
_BYTES_AT_A_TIME = 64_000_000
_ROWS_AT_A_TIME = 1024


def _plan(context: Context) -> Iterator[Chunk]:
    with open_database() as database:
        columns = pa.schema([LOCATIONS.field(name) for name in _COLUMNS])
        load_stream(database, "had", columns, staging_batches(context.dataset, "locations", _COLUMNS))
        load_stream(database, "blobs", PLACES, blob_places(context.dataset))
        # An image in several places is read from one, always the same: rather from a file than from a blob.
        rows = database.execute(
            """
            WITH once AS (
                SELECT image_id, max(location) AS location, max(size) AS size FROM had GROUP BY image_id
            ), stored AS (SELECT image_id, min(file) AS file FROM blobs GROUP BY image_id)
            SELECT once.image_id, coalesce(size, 0),
                   CASE WHEN location LIKE 'file:%' THEN '' ELSE file END AS blob,
                   CASE WHEN location LIKE 'file:%' THEN location[6:] ELSE '' END AS url
            FROM once LEFT JOIN stored USING (image_id)
            ORDER BY blob, image_id
            """
        )
        for blob, group in groupby(_all(rows), lambda row: row[2]):
            for part in cut(
                group,
                name=lambda row: row[0],
                size=lambda row: row[1],
                about=_IMAGES_AT_A_TIME,
                most_bytes=_BYTES_AT_A_TIME,
            ):
                # Its id is the hash of its bytes: it does not matter where they are.
                items = [Item(row[0], {"id": row[0]}, {"url": row[3]}, unit="images") for row in part]
                yield Chunk({}, {"blob": blob}, items)


def _all(rows: Any) -> Iterator[tuple[Any, ...]]:
    while batch := rows.fetchmany(_ROWS_AT_A_TIME):
        yield from batch


def _process(context: Context, chunk: Chunk) -> Mapping[str, pa.Table]:
    images: list[dict[str, object]] = []
    rejections: list[dict[str, object]] = []
    for image_id, data in _bytes(context.dataset, chunk):
        verdict = _judge(image_id, data, context.recipe.images)
        if isinstance(verdict, Measured):
            images.append({"image_id": image_id, "bytes": data, "size": len(data)} | asdict(verdict))
        else:
            rejections.append({"stage": "images", "unit": "image", "unit_id": image_id} | asdict(verdict))
    numbers = {item.name: number for number, item in enumerate(chunk.items)}
    return {
        name: with_items(table_of(name, rows), [numbers[str(row[column])] for row in rows])
        for name, rows, column in (("images", images, "image_id"), ("rejections", rejections, "unit_id"))
    }


def _judge(image_id: str, data: bytes, settings: ImageSettings) -> Measured | Refused:
    if hashlib.sha256(data).hexdigest() != image_id:
        return Refused("changed", None, None, "the file is no longer the one that was fetched; build again")
    if len(data) > settings.max_bytes:
        return Refused("too_large", float(len(data)), float(settings.max_bytes), f"{len(data)} bytes")
    return measure(data, settings.formats, settings.max_pixels)


def _bytes(dataset: str, chunk: Chunk) -> Iterator[tuple[str, bytes]]:
    if not chunk.known["blob"]:
        for item in chunk.items:
            yield item.name, _read(item.place["url"])
        return
    yield from read_blobs(dataset, chunk.known["blob"], [item.name for item in chunk.items])


def _read(url: str) -> bytes:
    try:
        return read_bytes(url)
    except OSError:
        # A file that is gone has changed, which the hash of nothing says.
        return b""


def _settings(recipe: Recipe) -> Mapping[str, Any]:
    return recipe.images.model_dump(mode="json")


IMAGES = Stage("images", ("images", "rejections"), _plan, _process, _settings)
