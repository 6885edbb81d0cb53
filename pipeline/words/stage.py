"""The stage `words`: what stands written in each stored image, once for each image."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from pipeline.clean.database import file_names
from pipeline.privacy.mask import mask
from pipeline.recipe import Recipe
from pipeline.stage import Chunk, Context, Item, Stage, with_items
from pipeline.words.choose import choose_engine
from pipeline.words.order import in_order
from pipeline.words.picture import grey_picture
from pipeline.words.word import Engine, UnreadableImageError, Word
from storage.errors import LooseleafError
from storage.filesystem import arrow_filesystem, join
from storage.manifests import items_of_file
from storage.schemas import table_of

_COLUMNS = ("image_id", "bytes", "raster", "width", "height")
_ROWS_AT_A_TIME = 16


def _plan(context: Context) -> Iterator[Chunk]:
    engine = choose_engine(context.recipe.words)
    if engine is None:
        return
    # Whatever cleaning drops later: another threshold must not read all pictures again.
    told = {"engine": engine.name, "version": engine.version}
    for name in file_names(context.dataset, "images"):
        stored = items_of_file(context.dataset, name)
        if stored is None:
            yield Chunk({"images": name, **told})
            continue
        items = [Item(one.name, {"image": one.key}, unit="images") for one in stored if "images" in one.rows]
        yield Chunk(told, {"images": name}, items)


def _process(context: Context, chunk: Chunk) -> Mapping[str, pa.Table]:
    engine = _same_engine(context, chunk)
    settings = context.recipe.words
    rows: list[dict[str, object]] = []
    rejections: list[dict[str, object]] = []
    name = chunk.inputs.get("images") or chunk.known["images"]
    numbers = {item.name: number for number, item in enumerate(chunk.items)}
    filesystem, path = arrow_filesystem(join(context.dataset, "images", name))
    with filesystem.open_input_file(path) as file:
        for batch in pq.ParquetFile(file).iter_batches(_ROWS_AT_A_TIME, columns=list(_COLUMNS)):
            for image in batch.to_pylist():
                if numbers and image["image_id"] not in numbers:
                    continue
                if min(image["width"], image["height"]) < settings.min_side:
                    continue
                try:
                    words = read_words(image["raster"] or image["bytes"], engine, settings.min_confidence)
                except (UnreadableImageError, OSError) as error:
                    rejections.append(_rejection(image["image_id"], str(error)))
                    continue
                rows += [_row(image["image_id"], index, word, engine) for index, word in enumerate(words)]
    for row in rows:
        row["text"] = mask(str(row["text"]), context.recipe.clean.mask)[0]
    tables = {"image_words": table_of("image_words", rows), "rejections": table_of("rejections", rejections)}
    if not numbers:
        return tables
    whose = {"image_words": "image_id", "rejections": "unit_id"}
    return {
        table: with_items(found, [numbers[name] for name in found[whose[table]].to_pylist()])
        for table, found in tables.items()
    }


def read_words(data: bytes, engine: Engine, min_confidence: float) -> list[Word]:
    """Return the words of a stored image in reading order, their boxes in its own pixels.

    Args:
        data: the image's bytes.
        engine: what reads.
        min_confidence: words of which the engine is less sure are left out, 0 to 100.

    Raises:
        UnreadableImageError: if the engine failed.
        OSError: if the bytes do not decode.
    """
    picture, factor = grey_picture(data)
    words = [word.scaled(1.0 / factor) for word in engine.read(picture)]
    return in_order([word for word in words if word.confidence >= min_confidence and _has_letter(word.text)])


def _has_letter(text: str) -> bool:
    return any(letter.isalnum() for letter in text)


def _same_engine(context: Context, chunk: Chunk) -> Engine:
    engine = choose_engine(context.recipe.words)
    planned = (chunk.inputs["engine"], chunk.inputs["version"])
    if engine is None or (engine.name, engine.version) != planned:
        found = "none" if engine is None else f"{engine.name} {engine.version}"
        raise LooseleafError(
            f"Words were to be read by {' '.join(planned)}, but this machine has {found}: "
            "install the same on every machine of the cluster, or set words.engine."
        )
    return engine


def _row(image_id: str, index: int, word: Word, engine: Engine) -> dict[str, object]:
    return {
        "image_id": image_id,
        "index": index,
        "text": word.text,
        "confidence": word.confidence,
        "left": round(word.left),
        "top": round(word.top),
        "width": round(word.width),
        "height": round(word.height),
        "vertical": word.vertical,
        "engine": engine.name,
        "engine_version": engine.version,
    }


def _rejection(image_id: str, detail: str) -> dict[str, object]:
    # Not of the unit `image`: a picture whose words cannot be read is a picture all the same.
    return {
        "stage": "words",
        "unit": "image_words",
        "unit_id": image_id,
        "rule": "unreadable",
        "detail": detail,
    }


def _settings(recipe: Recipe) -> Mapping[str, Any]:
    return {
        "min_side": recipe.words.min_side,
        "min_confidence": recipe.words.min_confidence,
        "mask": sorted(recipe.clean.mask),
    }


WORDS = Stage("words", ("image_words", "rejections"), _plan, _process, _settings)
