"""The embed stage, as plain functions: how a chunk of vectors is made; `embed_plan` says which are needed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import torch
from torch import Tensor

from storage.errors import LooseleafError
from storage.filesystem import arrow_filesystem, join
from storage.schemas import EMBEDDINGS, table_of
from storage.shards import token_modality
from storage.words import own_words
from training.embed_plan import EmbedSettings, plan_embeddings
from training.encoders.base import (
    GivesTokens,
    ImageEncoder,
    TextEncoder,
    UndecodableImageError,
    Vectors,
)
from training.encoders.load import load_image_encoder, load_text_encoder
from training.encoders.token_settings import IMAGE_SCALES, TEXT_SCALES
from training.ragged import lengths, offsets_of
from training.unit_tokens import UnitTokens, at_scale

__all__ = ["EmbedSettings", "embed_chunk", "embedding_rows", "plan_embeddings"]


def embed_chunk(dataset: str, inputs: Mapping[str, Any]) -> dict[str, pa.Table]:
    """Encode one chunk of `plan_embeddings`.

    Returns:
        `embeddings`, and `rejections` where an image could not be decoded.
    """
    if inputs["modality"] == "pixels":
        return _embed_images(dataset, inputs)
    return {"embeddings": _embed_texts(dataset, inputs)}


def embedding_rows(
    modality: str,
    encoder: str,
    encoder_version: str,
    vectors: Vectors,
    *,
    image_ids: list[str] | None = None,
    places: list[tuple[str, int]] | None = None,
    counts: Tensor | None = None,
) -> pa.Table:
    """Return rows of the table `embeddings`, built without a Python object for each number.

    Args:
        modality: pixels, words or text, or what `token_modality` calls tokens.
        encoder: its name.
        encoder_version: its version.
        vectors: [n, width].
        image_ids: for pixels.
        places: (doc_id, position) for words and text.
        counts: of each row's tokens, whose vectors follow each other; None is one vector a row.
    """
    width = vectors.shape[1]
    each = torch.ones(len(vectors), dtype=torch.int64) if counts is None else counts
    count = len(each)
    offsets = pa.array((offsets_of(each) * width).numpy().astype(np.int32))
    nothing = [None] * count
    columns = {
        "modality": [modality] * count,
        "image_id": image_ids or nothing,
        "doc_id": [doc_id for doc_id, _ in places] if places else nothing,
        "position": [position for _, position in places] if places else nothing,
        "encoder": [encoder] * count,
        "encoder_version": [encoder_version] * count,
        "vector": pa.ListArray.from_arrays(offsets, pa.array(vectors.reshape(-1), pa.float32())),
    }
    arrays = [
        column if isinstance(column, pa.Array) else pa.array(column, EMBEDDINGS.field(name).type)
        for name, column in columns.items()
    ]
    return pa.Table.from_arrays(arrays, schema=EMBEDDINGS)


def _embed_images(dataset: str, inputs: Mapping[str, Any]) -> dict[str, pa.Table]:
    filesystem, path = arrow_filesystem(join(dataset, inputs["file"]))
    with pq.ParquetFile(path, filesystem=filesystem) as file:
        rows = file.read_row_group(inputs["row_group"], columns=["image_id", "bytes", "raster"])
    rows = rows.filter(pc.is_in(rows["image_id"], pa.array(inputs["image_ids"])))
    image_ids: list[Any] = rows["image_id"].to_pylist()
    images: list[Any] = pc.coalesce(rows["raster"], rows["bytes"]).to_pylist()
    encoder = load_image_encoder(inputs["encoder"])
    kept, rejected = image_ids, list[dict[str, object]]()
    try:
        encoded = _encode(encoder, images, inputs)
    except UndecodableImageError:
        encoded, kept, rejected = _one_by_one(encoder, image_ids, images, inputs)
    output = {"embeddings": _rows("pixels", encoded, inputs, image_ids=kept)}
    if rejected:
        output["rejections"] = table_of("rejections", rejected)
    return output


def _encode(
    encoder: ImageEncoder | TextEncoder, items: list[Any], inputs: Mapping[str, Any]
) -> tuple[Vectors, UnitTokens | None]:
    """Return one vector for each item, and its tokens where the chunk asks for some."""
    scales = inputs.get("tokens", ())
    if not scales:
        return encoder.encode(items), None
    if not isinstance(encoder, GivesTokens):
        raise LooseleafError(
            f"The encoder {inputs['encoder']} gives no tokens, which `mine.tokens` asks for; use "
            "efficientnet-lite0 for images and minilm for texts, or leave them out."
        )
    return encoder.encode_tokens(items, scales)


def _rows(
    modality: str,
    encoded: tuple[Vectors, UnitTokens | None],
    inputs: Mapping[str, Any],
    *,
    image_ids: list[str] | None = None,
    places: list[tuple[str, int]] | None = None,
) -> pa.Table:
    """The rows of a chunk: of its vectors, and of the tokens of each scale."""
    vectors, tokens = encoded
    name, version = inputs["encoder"], inputs["encoder_version"]
    parts = [embedding_rows(modality, name, version, vectors, image_ids=image_ids, places=places)]
    if tokens is not None:
        numbers = IMAGE_SCALES if modality == "pixels" else TEXT_SCALES
        for scale in inputs["tokens"]:
            own = at_scale(tokens, numbers.index(scale))
            parts.append(
                embedding_rows(
                    token_modality(scale),
                    name,
                    version,
                    own.vectors.numpy(),
                    image_ids=image_ids,
                    places=places,
                    counts=lengths(own.offsets),
                )
            )
    return pa.concat_tables(parts)


def _one_by_one(
    encoder: ImageEncoder, image_ids: list[str], images: list[bytes], inputs: Mapping[str, Any]
) -> tuple[tuple[Vectors, UnitTokens | None], list[str], list[dict[str, object]]]:
    kept: list[str] = []
    decodable: list[bytes] = []
    rejected: list[dict[str, object]] = []
    for image_id, data in zip(image_ids, images, strict=True):
        try:
            encoder.encode([data])
        except UndecodableImageError as error:
            rejected.append(
                {
                    "stage": "embed",
                    "unit": "image",
                    "unit_id": image_id,
                    "rule": "undecodable",
                    "detail": str(error),
                }
            )
        else:
            kept.append(image_id)
            decodable.append(data)
    return _encode(encoder, decodable, inputs), kept, rejected


def _embed_texts(dataset: str, inputs: Mapping[str, Any]) -> pa.Table:
    wanted = {(doc_id, position) for doc_id, positions in inputs["units"] for position in positions}
    filesystem, path = arrow_filesystem(join(dataset, inputs["file"]))
    doc_ids = pa.array([doc_id for doc_id, _ in inputs["units"]])
    rows = pq.read_table(
        path,
        columns=["doc_id", "position", "text", "image_url", "alt"],
        filters=pc.field("doc_id").isin(doc_ids),
        filesystem=filesystem,
    ).to_pylist()
    places, texts = [], []
    for row in rows:
        if (row["doc_id"], row["position"]) in wanted:
            places.append((row["doc_id"], row["position"]))
            words = inputs["modality"] == "words"
            texts.append(own_words(row["image_url"] or "", row["alt"]) if words else row["text"] or "")
    encoded = _encode(load_text_encoder(inputs["encoder"]), texts, inputs)
    return _rows(inputs["modality"], encoded, inputs, places=places)
