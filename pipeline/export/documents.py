"""What every export is made from: kept documents with their content in order, and the images of each."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from storage.queries import connect

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

_BATCH_ROWS = 2048
#: The images of so many documents are in memory together.
_DOCUMENTS_AT_A_TIME = 32

# A missing or rejected image has no place in an export, and neither has boilerplate.
_CONTENT = """
    SELECT doc_id, source, family, uri, title, language, license,
           position, kind, elements.text, alt, caption_of, section_path, image_id, image_url
    FROM (SELECT doc_id, source, family, uri, title, language, license FROM kept_documents)
    JOIN (
        SELECT doc_id, position, kind, text, alt, caption_of, section_path, image_id, image_url FROM elements
        WHERE NOT coalesce(boilerplate, false)
          AND (kind <> 'image' OR image_id IN (SELECT image_id FROM kept_images))
    ) AS elements USING (doc_id)
    ORDER BY source, doc_id, position
"""
_IMAGES = "SELECT image_id, bytes, mime, width, height FROM images WHERE image_id IN (SELECT id FROM wanted)"


@dataclass(frozen=True)
class Item:
    """An element of a document: a text, or an image by the id of its bytes."""

    position: int
    kind: str
    text: str | None
    alt: str | None
    caption_of: int | None
    section_path: tuple[str, ...]
    image_id: str | None
    image_url: str | None


@dataclass(frozen=True)
class Picture:
    """The bytes of an image and what is known of them; `extension` has no dot."""

    image_id: str
    data: bytes
    mime: str
    width: int  # pixels
    height: int

    @property
    def extension(self) -> str:
        """The usual end of a file's name for these bytes."""
        subtype = self.mime.partition("/")[2].partition("+")[0]
        return {"jpeg": "jpg", "tiff": "tif"}.get(subtype, subtype)

    @property
    def file_name(self) -> str:
        """A name that follows from the bytes."""
        return f"{self.image_id}.{self.extension}"


@dataclass(frozen=True)
class Document:
    """A kept document: its content in reading order, and the pictures that it names, by their ids."""

    doc_id: str
    source: str
    family: str
    uri: str
    title: str | None
    language: str | None
    license: str | None
    items: tuple[Item, ...]
    pictures: Mapping[str, Picture]


def stream_documents(dataset: str, build_id: str | None) -> Iterator[Document]:
    """Give the kept documents of a build by source and id; a few are in memory at a time.

    Args:
        dataset: path or URL.
        build_id: the build to read; the newest versions if None.

    Raises:
        LooseleafError: if there is no such dataset or build.
    """
    # A connection gives one stream at a time.
    with connect(dataset, build_id) as contents, connect(dataset, build_id) as pictures:
        waiting: list[Document] = []
        for document in _without_pictures(contents):
            waiting.append(document)
            if len(waiting) == _DOCUMENTS_AT_A_TIME:
                yield from _with_pictures(pictures, waiting)
                waiting = []
        yield from _with_pictures(pictures, waiting)


def _without_pictures(connection: DuckDBPyConnection) -> Iterator[Document]:
    rows = (
        row for batch in connection.sql(_CONTENT).to_arrow_reader(_BATCH_ROWS) for row in batch.to_pylist()
    )
    for doc_id, group in groupby(rows, lambda row: row["doc_id"]):
        elements = list(group)
        first = elements[0]
        yield Document(
            doc_id=doc_id,
            source=first["source"],
            family=first["family"] or doc_id,
            uri=first["uri"] or doc_id,
            title=first["title"],
            language=first["language"],
            license=first["license"],
            items=tuple(_item(row) for row in elements),
            pictures={},
        )


def _item(row: Mapping[str, Any]) -> Item:
    return Item(
        position=row["position"],
        kind=row["kind"],
        text=row["text"],
        alt=row["alt"],
        caption_of=row["caption_of"],
        section_path=tuple(row["section_path"] or ()),
        image_id=row["image_id"] if row["kind"] == "image" else None,
        image_url=row["image_url"] if row["kind"] == "image" else None,
    )


def _with_pictures(connection: DuckDBPyConnection, documents: Sequence[Document]) -> Iterator[Document]:
    names = {item.image_id for document in documents for item in document.items if item.image_id}
    found = _read_pictures(connection, sorted(names))
    for document in documents:
        own = {item.image_id: found[item.image_id] for item in document.items if item.image_id}
        yield Document(**{**vars(document), "pictures": own})


def _read_pictures(connection: DuckDBPyConnection, names: Sequence[str]) -> dict[str, Picture]:
    if not names:
        return {}
    connection.register("wanted", pa.table({"id": pa.array(names, pa.string())}))
    rows = connection.sql(_IMAGES).fetchall()
    return {row[0]: Picture(*row) for row in rows}
