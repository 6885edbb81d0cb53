"""The stage `images`: the bytes of each image once, decoded and measured, or why they are of no use."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import asdict
from itertools import groupby
from typing import Any

import pyarrow as pa

from pipeline.clean.database import load_stream, open_database
from pipeline.images.blobs import PLACES, blob_places, read_blobs
from pipeline.images.decode import Measured, Refused, measure
from pipeline.images.fetch import LOCATIONS
from pipeline.recipe import ImageSettings, Recipe
from pipeline.stage import Chunk, Context, Stage
from storage.filesystem import read_bytes
from storage.schemas import table_of
from storage.staging import staging_batches

_COLUMNS = ("image_id", "location", "size")
_IMAGES_AT_A_TIME = 64
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
            for part in _parts(group):
                yield Chunk({"blob": blob, "images": [[image_id, url] for image_id, _, _, url in part]})


def _all(rows: Any) -> Iterator[tuple[Any, ...]]:
    while batch := rows.fetchmany(_ROWS_AT_A_TIME):
        yield from batch


def _parts(group: Iterator[tuple[Any, ...]]) -> Iterator[list[tuple[Any, ...]]]:
    part: list[tuple[Any, ...]] = []
    total = 0
    for row in group:
        if part and (len(part) == _IMAGES_AT_A_TIME or total + row[1] > _BYTES_AT_A_TIME):
            yield part
            part, total = [], 0
        part.append(row)
        total += row[1]
    if part:
        yield part


def _process(context: Context, chunk: Chunk) -> Mapping[str, pa.Table]:
    images: list[dict[str, object]] = []
    rejections: list[dict[str, object]] = []
    for image_id, data in _bytes(context.dataset, chunk):
        verdict = _judge(image_id, data, context.recipe.images)
        if isinstance(verdict, Measured):
            images.append({"image_id": image_id, "bytes": data, "size": len(data)} | asdict(verdict))
        else:
            rejections.append({"stage": "images", "unit": "image", "unit_id": image_id} | asdict(verdict))
    return {"images": table_of("images", images), "rejections": table_of("rejections", rejections)}


def _judge(image_id: str, data: bytes, settings: ImageSettings) -> Measured | Refused:
    if hashlib.sha256(data).hexdigest() != image_id:
        return Refused("changed", None, None, "the file is no longer the one that was fetched; build again")
    if len(data) > settings.max_bytes:
        return Refused("too_large", float(len(data)), float(settings.max_bytes), f"{len(data)} bytes")
    return measure(data, settings.formats, settings.max_pixels)


def _bytes(dataset: str, chunk: Chunk) -> Iterator[tuple[str, bytes]]:
    wanted: dict[str, str] = dict(chunk.inputs["images"])
    if not chunk.inputs["blob"]:
        for image_id, url in wanted.items():
            yield image_id, _read(url)
        return
    yield from read_blobs(dataset, chunk.inputs["blob"], wanted)


def _read(url: str) -> bytes:
    try:
        return read_bytes(url)
    except OSError:
        # A file that is gone has changed, which the hash of nothing says.
        return b""


def _settings(recipe: Recipe) -> Mapping[str, Any]:
    return recipe.images.model_dump(mode="json")


IMAGES = Stage("images", ("images", "rejections"), _plan, _process, _settings)
