"""Which vectors a dataset needs: the plan of the embed stage.

Only what training will read is encoded: members of whole-document groups that hold at least one image and
one text. An image's pixels are encoded once for each `image_id`, its own words and the texts for each place
where they stand.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import groupby
from typing import Any

import pyarrow.compute as pc
import pyarrow.parquet as pq

from storage import tables
from storage.builds import latest_build
from storage.filesystem import arrow_filesystem
from storage.words import own_words
from training.encoders.load import image_encoder_version, text_encoder_version
from training.encoders.token_settings import ImageScale, TextScale

_TEXTS_A_CHUNK = 256
_IMAGES_A_CHUNK = 64


@dataclass(frozen=True)
class EmbedSettings:
    """Which encoders, by the names that `training.encoders.load` knows."""

    image_encoder: str = "efficientnet-lite0"
    text_encoder: str = "minilm"
    image_tokens: tuple[ImageScale, ...] = ()  # scales that are kept beside the vectors
    text_tokens: tuple[TextScale, ...] = ()


def plan_embeddings(dataset: str, settings: EmbedSettings) -> Iterator[dict[str, Any]]:
    """Give the inputs of each chunk, which can be written as JSON and name all that shapes the output.

    The latest build's tables are read, or the current ones while there is no build yet.

    Raises:
        LooseleafError: if an encoder cannot be loaded.
    """
    build = latest_build(dataset)
    versions: Mapping[str, int] = {} if build is None else build.tables
    groups = _document_groups(dataset, versions.get("groups"))
    wanted_images: set[str] = set()
    text_inputs = {
        "encoder": settings.text_encoder,
        "encoder_version": text_encoder_version(settings.text_encoder),
    }
    for url in tables.files(dataset, "elements", versions.get("elements")):
        texts: list[tuple[str, int]] = []
        captioned: list[tuple[str, int]] = []
        for doc_id, position, image_id, words in _members(url, groups):
            if image_id is None:
                texts.append((doc_id, position))
            else:
                wanted_images.add(image_id)
                if words:
                    captioned.append((doc_id, position))
        for modality, units in (("text", texts), ("words", captioned)):
            for chunk in _chunks(units):
                yield {
                    "modality": modality,
                    "file": _within(dataset, url),
                    "units": chunk,
                    **text_inputs,
                    **(_tokens(settings.text_tokens) if modality == "text" else {}),
                }
    image_inputs = {
        "encoder": settings.image_encoder,
        "encoder_version": image_encoder_version(settings.image_encoder),
    }
    for url in tables.files(dataset, "images", versions.get("images")):
        for row_group, image_ids in _image_ids(url):
            wanted = [image_id for image_id in image_ids if image_id in wanted_images]
            for start in range(0, len(wanted), _IMAGES_A_CHUNK):
                yield {
                    "modality": "pixels",
                    "file": _within(dataset, url),
                    "row_group": row_group,
                    "image_ids": wanted[start : start + _IMAGES_A_CHUNK],
                    **image_inputs,
                    **_tokens(settings.image_tokens),
                }


def _tokens(scales: tuple[str, ...]) -> dict[str, Any]:
    """Name the tokens of a chunk, if it has some: a chunk without is what it was."""
    return {"tokens": list(scales)} if scales else {}


def _document_groups(dataset: str, version: int | None) -> dict[str, list[tuple[Any, Any]]]:
    """Return the positions of images and texts by document; arrays, so that many documents stay small.

    A large document has several groups.
    """
    groups: dict[str, list[tuple[Any, Any]]] = {}
    columns = ("kind", "doc_id", "images", "texts")
    for batch in tables.batches(dataset, "groups", version, columns):
        kept = batch.filter(
            (pc.field("kind") == "document")
            & (pc.list_value_length(pc.field("images")) > 0)
            & (pc.list_value_length(pc.field("texts")) > 0)
        )
        for doc_id, images, texts in zip(kept["doc_id"], kept["images"], kept["texts"], strict=True):
            members = (
                images.values.to_numpy(zero_copy_only=False),
                texts.values.to_numpy(zero_copy_only=False),
            )
            groups.setdefault(doc_id.as_py(), []).append(members)
    return groups


def _members(
    url: str, groups: Mapping[str, list[tuple[Any, Any]]]
) -> Iterator[tuple[str, int, str | None, str]]:
    """Give each group member of an elements file: doc_id, position, and for an image its id and own words."""
    filesystem, path = arrow_filesystem(url)
    columns = ["doc_id", "position", "image_id", "image_url", "alt"]
    rows = pq.read_table(path, columns=columns, filesystem=filesystem)
    members = {
        doc_id: tuple(
            {position for member in groups[doc_id] for position in member[side].tolist()} for side in (0, 1)
        )
        for doc_id in map(str, pc.unique(rows["doc_id"]).to_pylist())
        if doc_id in groups
    }
    for row in rows.to_pylist():
        images, texts = members.get(row["doc_id"], ((), ()))
        if row["position"] in texts:
            yield row["doc_id"], row["position"], None, ""
        elif row["position"] in images and row["image_id"] is not None:
            words = own_words(row["image_url"] or "", row["alt"])
            yield row["doc_id"], row["position"], row["image_id"], words


def _chunks(units: list[tuple[str, int]]) -> Iterator[list[list[Any]]]:
    """Give lists of a document's id and positions, so many positions a list at most.

    A document is divided only where it alone has more: one text more in it must not divide others elsewhere.
    """
    chunk: list[list[Any]] = []
    room = _TEXTS_A_CHUNK
    for doc_id, own in groupby(units, lambda unit: unit[0]):
        positions = [position for _, position in own]
        for start in range(0, len(positions), _TEXTS_A_CHUNK):
            part = positions[start : start + _TEXTS_A_CHUNK]
            if chunk and len(part) > room:
                yield chunk
                chunk, room = [], _TEXTS_A_CHUNK
            chunk.append([doc_id, part])
            room -= len(part)
    if chunk:
        yield chunk


def _image_ids(url: str) -> Iterator[tuple[int, list[str]]]:
    filesystem, path = arrow_filesystem(url)
    with pq.ParquetFile(path, filesystem=filesystem) as file:
        for row_group in range(file.num_row_groups):
            rows = file.read_row_group(row_group, columns=["image_id"])
            yield row_group, [str(image_id) for image_id in rows["image_id"].to_pylist()]


def _within(dataset: str, url: str) -> str:
    """Return the file's path within the dataset: a dataset that moved has the same chunks."""
    return url.removeprefix(dataset.rstrip("/")).lstrip("/")
