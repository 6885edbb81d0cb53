"""The embed stage: training's encoders in the form that the pipeline's runner carries out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import groupby
from typing import Any

import pyarrow as pa

from pipeline.recipe import Recipe
from pipeline.stage import Chunk, Context, Item, Stage, with_items
from storage.manifests import ItemRows, items_of_file
from training.embed import EmbedSettings, embed_chunk, plan_embeddings

#: What of a chunk's inputs says where its units are; the rest shapes all their vectors.
_PLACES = ("file", "row_group", "units", "image_ids")
#: What is encoded, for the report.
_UNITS = {"pixels": "images", "text": "documents", "words": "documents by images' words"}
#: The column that tells whose a row is, where it is not the units' own.
_WHOSE = {"rejections": "unit_id"}


def _plan(context: Context) -> Iterator[Chunk]:
    mine = context.recipe.mine
    settings = EmbedSettings(
        image_encoder=mine.image_encoder,
        text_encoder=mine.text_encoder,
        image_tokens=mine.tokens.image,
        text_tokens=mine.tokens.text,
    )
    # The chunks of a file come one after the other.
    for file, chunks in groupby(plan_embeddings(context.dataset, settings), lambda inputs: inputs["file"]):
        name = file.rsplit("/", 1)[-1]
        written = {item.name: item for item in items_of_file(context.dataset, name) or ()}
        for inputs in chunks:
            yield _chunk(inputs, written)


def _chunk(inputs: Mapping[str, Any], written: Mapping[str, ItemRows]) -> Chunk:
    """Return a chunk whose items are documents or images, which need not be encoded again elsewhere."""
    file, modality = inputs["file"], inputs["modality"]
    shared = {name: value for name, value in inputs.items() if name not in _PLACES}
    known = {name: inputs[name] for name in ("file", "row_group") if name in inputs}
    if modality == "pixels":
        items = [
            Item(image_id, {"image": _mark(written, image_id, file)}, unit=_UNITS[modality])
            for image_id in inputs["image_ids"]
        ]
    else:
        items = [
            Item(doc_id, {"text": _mark(written, doc_id, file), "at": positions}, unit=_UNITS[modality])
            for doc_id, positions in inputs["units"]
        ]
    return Chunk(shared, known, items)


def _mark(written: Mapping[str, ItemRows], name: str, file: str) -> str:
    item = written.get(name)
    return file if item is None else item.told.get("text", item.key)


def _process(context: Context, chunk: Chunk) -> Mapping[str, pa.Table]:
    inputs = {**chunk.inputs, **chunk.known}
    if inputs["modality"] == "pixels":
        inputs["image_ids"] = [item.name for item in chunk.items]
    else:
        inputs["units"] = [[item.name, item.inputs["at"]] for item in chunk.items]
    column = "image_id" if inputs["modality"] == "pixels" else "doc_id"
    numbers = {item.name: number for number, item in enumerate(chunk.items)}
    return {
        table: with_items(rows, [numbers[name] for name in rows[_WHOSE.get(table, column)].to_pylist()])
        for table, rows in embed_chunk(context.dataset, inputs).items()
    }


def _settings(_recipe: Recipe) -> Mapping[str, Any]:
    # The encoders' names and versions are in every chunk's inputs.
    return {}


#: Writes `embeddings`, and `rejections` of images that an encoder cannot decode.
#: Two processors share one copy of the models.
EMBED = Stage("embed", ("embeddings", "rejections"), _plan, _process, _settings, cpus=2)
