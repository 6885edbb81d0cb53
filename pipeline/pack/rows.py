"""Reads what a packed document holds, in the order of the shards: streams of sorted joins, met row by row."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from pipeline.clean.database import load_stream, load_table
from storage.errors import LooseleafError
from storage.shards import TOKEN_SCALES, ShardDocument, token_modality
from storage.words import own_words

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

Floats = npt.NDArray[np.float32]

_COLUMNS: dict[str, pa.DataType] = {"row": pa.int64(), "group_id": pa.string(), "split": pa.string()}
_ORDER = pa.schema(_COLUMNS)
_BATCH_ROWS = 256
_ELEMENTS = (
    "doc_id",
    "position",
    "text",
    "language",
    "section",
    "section_path",
    "caption_of",
    "image_id",
    "image_url",
    "alt",
)
_GROUPS_SQL = """
    SELECT row, split, group_id, doc_id, source, family, images, texts, prior
    FROM shard_order JOIN groups USING (group_id) ORDER BY row
"""
_IMAGES_SQL = """
    SELECT row, member, position, elements.image_id, image_url, alt, section, picture_words,
           pixels.vector AS pixels, words.vector AS words, {bytes} AS bytes {tokens}
    FROM (SELECT row, doc_id, unnest(images) AS position, generate_subscripts(images, 1) AS member
          FROM shard_order JOIN groups USING (group_id))
    JOIN elements USING (doc_id, position)
    LEFT JOIN pixels ON pixels.image_id = elements.image_id
    LEFT JOIN words USING (doc_id, position)
    LEFT JOIN (SELECT image_id, string_agg(text, ' ' ORDER BY index) AS picture_words
               FROM image_words GROUP BY image_id) AS read_words ON read_words.image_id = elements.image_id
    {join_bytes} {join_tokens}
    ORDER BY row, member
"""
_TEXTS_SQL = """
    SELECT row, member, position, text, language, section, section_path[-1] AS title, caption_of,
           texts.vector AS features {tokens}
    FROM (SELECT row, doc_id, unnest(texts) AS position, generate_subscripts(texts, 1) AS member
          FROM shard_order JOIN groups USING (group_id))
    JOIN elements USING (doc_id, position)
    LEFT JOIN texts USING (doc_id, position) {join_tokens}
    ORDER BY row, member
"""
_LINKS_SQL = """
    SELECT row, image, text FROM links JOIN groups USING (doc_id) JOIN shard_order USING (group_id)
    ORDER BY row, image, text
"""


@dataclass(frozen=True)
class Features:
    """The vectors that are packed: encoders by modality, and what was found of them."""

    widths: Mapping[str, int]  # of pixels, words and text; 0 where there are none
    encoders: Mapping[str, str]  # encoder and version of those that there are
    tokens: tuple[str, ...] = ()  # scales of those tokens that there are


def load_rows(
    connection: DuckDBPyConnection,
    dataset: str,
    files: Mapping[str, Sequence[str]],
    encoders: Mapping[str, str],
    *,
    tokens: Sequence[str],
    with_bytes: bool,
) -> Features:
    """Copy what shards are made from into the database.

    Args:
        connection: an empty database.
        dataset: path or URL.
        files: files to read, by table.
        encoders: encoder of each modality (pixels, words, text).
        tokens: scales, see `storage.shards.TOKEN_SCALES`.
        with_bytes: whether images are packed as they are.

    Raises:
        LooseleafError: if the vectors of one encoder have different lengths.
    """
    is_document = pc.field("kind") == "document"
    columns = ["group_id", "kind", "doc_id", "source", "family", "images", "texts", "prior"]
    load_table(connection, dataset, "groups", files["groups"], columns, only=is_document)
    load_table(connection, dataset, "elements", files["elements"], _ELEMENTS)
    load_table(connection, dataset, "links", files["links"], ["doc_id", "image", "text"])
    load_table(connection, dataset, "image_words", files["image_words"], ["image_id", "index", "text"])
    if with_bytes:
        load_table(connection, dataset, "images", files["images"], ["image_id", "bytes", "raster"])
    widths: dict[str, int] = {}
    found: dict[str, str] = {}

    def load_vectors(modality: str, encoder: str, table: str) -> None:
        only = (pc.field("modality") == modality) & (pc.field("encoder") == encoder)
        columns = ["modality", "image_id", "doc_id", "position", "encoder", "encoder_version", "vector"]
        load_table(connection, dataset, "embeddings", files["embeddings"], columns, only=only, as_name=table)

    for modality, table in (("pixels", "pixels"), ("words", "words"), ("text", "texts")):
        load_vectors(modality, encoders[modality], table)
        query = f"SELECT len(vector), min(encoder_version) FROM {table} GROUP BY ALL"  # noqa: S608 (our own)
        rows = connection.sql(query).fetchall()
        widths[modality] = rows[0][0] if rows else 0
        if len(rows) > 1:
            raise LooseleafError(
                f"Vectors of {encoders[modality]} in {dataset} differ in length, so they cannot be packed: "
                f"mine the dataset again."
            )
        if rows:
            found[modality] = f"{encoders[modality]} {rows[0][1] or ''}".strip()
    packed = []
    for scale in tokens:
        name = token_modality(scale)
        load_vectors(name, encoders["pixels" if TOKEN_SCALES[scale] == "images" else "text"], name)
        if connection.sql(f"SELECT 1 FROM {name} LIMIT 1").fetchall():  # noqa: S608 (our own)
            packed.append(scale)
    return Features(widths, found, tuple(packed))


def read_documents(
    connection: DuckDBPyConnection,
    order: Sequence[tuple[str, str]],
    features: Features,
    *,
    with_bytes: bool,
) -> Iterator[ShardDocument]:
    """Give the document of each (group_id, split) of `order`, in that order.

    Where a vector is missing (an image without words of its own, or one that an encoder could not read) it is
    zero.
    """
    names, splits = [group_id for group_id, _ in order], [split for _, split in order]
    numbers = pa.array(range(len(order)), pa.int64())
    load_stream(
        connection, "shard_order", _ORDER, iter([pa.record_batch([numbers, names, splits], schema=_ORDER)])
    )
    bytes_sql = {
        "bytes": "coalesce(images.raster, images.bytes)" if with_bytes else "NULL",
        "join_bytes": "LEFT JOIN images ON images.image_id = elements.image_id" if with_bytes else "",
    }
    images = _by_row(
        connection,
        _IMAGES_SQL.format(
            **bytes_sql, **_tokens_sql(features, "images", "ON {0}.image_id = elements.image_id")
        ),
    )
    texts = _by_row(
        connection, _TEXTS_SQL.format(**_tokens_sql(features, "texts", "USING (doc_id, position)"))
    )
    links = _by_row(connection, _LINKS_SQL)
    linked = next(links, None)
    for row, (group,) in _by_row(connection, _GROUPS_SQL):
        true_links = None
        if linked is not None and linked[0] == row:
            true_links, linked = linked[1], next(links, None)
        yield _document(group, next(images)[1], next(texts)[1], true_links, features, with_bytes=with_bytes)


def _tokens_sql(features: Features, side: str, on: str) -> dict[str, str]:
    """Return the columns and the joins of the tokens of images, or of texts."""
    names = [token_modality(scale) for scale in features.tokens if TOKEN_SCALES[scale] == side]
    return {
        "tokens": "".join(f", {name}.vector AS {name}" for name in names),
        "join_tokens": " ".join(f"LEFT JOIN {name} {on.format(name)}" for name in names),
    }


def _by_row(connection: DuckDBPyConnection, query: str) -> Iterator[tuple[int, list[dict[str, Any]]]]:
    """Give the records of each row of the shards; vectors stay arrays."""
    rows: list[dict[str, Any]] = []
    for batch in connection.cursor().sql(query).to_arrow_reader(_BATCH_ROWS):
        for record in _records(batch):
            if rows and rows[-1]["row"] != record["row"]:
                yield rows[-1]["row"], rows
                rows = []
            rows.append(record)
    if rows:
        yield rows[-1]["row"], rows


def _records(batch: pa.RecordBatch) -> Iterator[dict[str, Any]]:
    columns: dict[str, Sequence[Any]] = {}
    for name in batch.schema.names:
        column: Any = batch[name]
        lists = pa.types.is_list(column.type) and pa.types.is_floating(column.type.value_type)
        columns[name] = [_array(value) for value in column] if lists else column.to_pylist()
    for index in range(batch.num_rows):
        yield {name: values[index] for name, values in columns.items()}


def _array(value: Any) -> Floats | None:
    return value.values.to_numpy(zero_copy_only=False) if value.is_valid else None


def _document(
    group: Mapping[str, Any],
    images: Sequence[Mapping[str, Any]],
    texts: Sequence[Mapping[str, Any]],
    links: Sequence[Mapping[str, Any]] | None,
    features: Features,
    *,
    with_bytes: bool,
) -> ShardDocument:
    image_at = {position: index for index, position in enumerate(group["images"])}
    text_at = {position: index for index, position in enumerate(group["texts"])}
    widths = features.widths
    link = None
    if links is not None:
        link = np.zeros((len(image_at), len(text_at)), dtype=np.int8)
        for pair in links:
            if pair["image"] in image_at and pair["text"] in text_at:
                link[image_at[pair["image"]], text_at[pair["text"]]] = 1
    return ShardDocument(
        doc_id=group["doc_id"],
        group_id=group["group_id"],
        source=group["source"],
        family=group["family"],
        split=group["split"],
        image_position=group["images"],
        image_id=[row["image_id"] or "" for row in images],
        image_name=[own_words(row["image_url"] or "", row["alt"]) for row in images],
        image_section=[row["section"] or 0 for row in images],
        image_bytes=[row["bytes"] or b"" for row in images] if with_bytes else (),
        pixels=_matrix([row["pixels"] for row in images], widths["pixels"]),
        words=_matrix([row["words"] for row in images], widths["words"]),
        text_position=group["texts"],
        text=[row["text"] or "" for row in texts],
        text_section=[row["section"] or 0 for row in texts],
        caption_of=[image_at.get(row["caption_of"], -1) for row in texts],
        text_features=_matrix([row["features"] for row in texts], widths["text"]),
        picture_words=[row["picture_words"] or "" for row in images],
        text_title=[row["title"] or "" for row in texts],
        language=_language(texts),
        prior=group["prior"].reshape(len(image_at), len(text_at)),
        link=link,
        tokens={
            scale: _tokens(images, scale, widths["pixels"])
            if TOKEN_SCALES[scale] == "images"
            else _tokens(texts, scale, widths["text"])
            for scale in features.tokens
        },
    )


def _tokens(rows: Sequence[Mapping[str, Any]], scale: str, width: int) -> list[Floats]:
    """Return the tokens of each image or text; none where an encoder could not read it."""
    vectors = [row[token_modality(scale)] for row in rows]
    return [np.empty((0, width), np.float32) if v is None else v.reshape(-1, width) for v in vectors]


def _language(texts: Sequence[Mapping[str, Any]]) -> str | None:
    """Return the language of most of the letters of a document; None where none is known."""
    letters: Counter[str] = Counter()
    for row in texts:
        if row["language"]:
            letters[row["language"]] += len(row["text"] or "")
    return letters.most_common(1)[0][0] if letters else None


def _matrix(vectors: Sequence[Floats | None], width: int) -> Floats:
    matrix = np.zeros((len(vectors), width), dtype=np.float32)
    for row, vector in enumerate(vectors):
        if vector is not None:
            matrix[row] = vector
    return matrix
