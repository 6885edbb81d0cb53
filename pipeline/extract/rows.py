"""What was read, as rows of the tables."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sized
from dataclasses import dataclass, field, replace
from datetime import datetime

import numpy as np
import pyarrow as pa

from pipeline.boilerplate.margins import MARGINS, margin_rows
from pipeline.extract.element import TEXTS, Element, ReadDocument
from pipeline.extract.media import HTML
from pipeline.privacy.documents import mask_document
from pipeline.privacy.mask import mask
from pipeline.removal.tombstones import Tombstones
from pipeline.stage import with_items
from storage.schemas import ELEMENTS, table_of

#: The bytes of images that were part of a document.
BLOBS = pa.schema([("image_id", pa.string()), ("bytes", pa.large_binary())])


@dataclass(frozen=True)
class DocumentFacts:
    """What is known of a document before it is read."""

    doc_id: str
    source: str
    uri: str
    path: str
    family: str
    media_type: str
    license: str | None = None
    license_from: str | None = None
    fetched_at: datetime | None = None
    opt_out: str | None = None  # the header by which its server asks that it is not used


@dataclass
class Rows:
    """The rows of one chunk.

    `mask` names the kinds of personal data that no row may hold; of what has a tombstone there is no row.
    `product` is the token by which headers may address us.
    """

    mask: tuple[str, ...] = ()
    tombstones: Tombstones = field(default_factory=Tombstones)
    product: str = "Looseleaf"
    documents: list[dict[str, object]] = field(default_factory=list)
    links: list[dict[str, object]] = field(default_factory=list)
    rejections: list[dict[str, object]] = field(default_factory=list)
    elements: list[tuple[str, Element]] = field(default_factory=list)
    blobs: list[tuple[str, bytes]] = field(default_factory=list)
    margins: list[dict[str, object]] = field(default_factory=list)
    _ends: list[dict[str, int]] = field(default_factory=list)

    def add_document(
        self, facts: DocumentFacts, data: bytes | None, size: int, read: ReadDocument | None
    ) -> None:
        """Add a document; `data` is None where it was not opened, `read` where it could not be read."""
        masked = 0
        if read is not None:
            read, masked = mask_document(read, self.mask)
        elements = read.elements if read is not None else ()
        texts = [element for element in elements if element.kind in TEXTS and not element.boilerplate]
        self.documents.append(
            {
                "doc_id": facts.doc_id,
                "source": facts.source,
                "uri": facts.uri,
                "path": facts.path,
                "family": facts.family,
                "title": read.title if read is not None else None,
                "language": read.language if read is not None else None,
                "license": (read.license if read is not None else None) or facts.license,
                "license_from": _license_from(facts, read),
                "opt_out": facts.opt_out or (read.opt_out if read is not None else None),
                "media_type": facts.media_type,
                "fetched_at": facts.fetched_at,
                "bytes": size,
                "content_hash": hashlib.sha256(data).hexdigest() if data is not None else None,
                "text_hash": _text_hash(elements),
                "n_elements": len(elements),
                "n_texts": len(texts),
                "n_images": sum(element.kind == "image" for element in elements),
                "n_words": sum(len((element.text or "").split()) for element in texts),
                "n_masked": masked,
            }
        )
        self.elements += [(facts.doc_id, self._without_removed(element)) for element in elements]
        if facts.media_type == HTML:
            self.margins += margin_rows(facts.doc_id, facts.source, facts.uri, elements)
        if read is not None:
            # An image of two documents stands here twice: either may leave the chunk without the other.
            self.blobs += [
                (image_id, image)
                for image_id, image in sorted(read.inline_images.items())
                if not self.tombstones.has_id(image_id)
            ]

    def end_item(self) -> None:
        """Say that what was added since the last call are the rows of one item of the chunk."""
        self._ends.append({name: len(rows) for name, rows in self._lists().items()})

    def refuse_removed(self, facts: DocumentFacts, data: bytes | None = None) -> bool:
        """Say whether a document was removed from the dataset; a row that does not name it tells."""
        content_hash = hashlib.sha256(data).hexdigest() if data is not None else None
        if not (self.tombstones.has_id(facts.doc_id, content_hash) or self.tombstones.has_address(facts.uri)):
            return False
        unnamed = hashlib.sha256(facts.doc_id.encode()).hexdigest()[:32]
        detail = "A document that was removed from the dataset was met again, and not read."
        self.reject("file", unnamed, facts.source, "removed", detail)
        return True

    def _without_removed(self, element: Element) -> Element:
        removed = self.tombstones.has_id(element.image_id)
        return replace(element, image_id=None, image_url=None, image_candidates=()) if removed else element

    def reject(  # noqa: PLR0917 - the columns of the table, in their order
        self,
        unit: str,
        unit_id: str,
        source: str,
        rule: str,
        detail: str,
        value: float | None = None,
        threshold: float | None = None,
    ) -> None:
        """Add a row of what was dropped; its sentence may quote the document, and is masked."""
        self.rejections.append(
            {
                "stage": "extract",
                "unit": unit,
                "unit_id": unit_id,
                "source": source,
                "rule": rule,
                "value": value,
                "threshold": threshold,
                "detail": mask(detail, self.mask)[0],
            }
        )

    def tables(self) -> Mapping[str, pa.Table]:
        """Return everything as Arrow tables, by the names that the runner knows.

        They say whose their rows are if that was said with `end_item`.
        """
        tables = self._tables()
        if not self._ends:
            return tables
        numbered: dict[str, pa.Table] = {}
        for name, table in tables.items():
            counts = np.diff([0, *(ends[name] for ends in self._ends)])
            numbered[name] = with_items(table, np.repeat(np.arange(len(counts)), counts))
        return numbered

    def _lists(self) -> Mapping[str, Sized]:
        return {
            "documents": self.documents,
            "links": self.links,
            "rejections": self.rejections,
            "staging/read_elements": self.elements,
            "staging/margins": self.margins,
            "staging/blobs": self.blobs,
        }

    def _tables(self) -> dict[str, pa.Table]:
        return {
            "documents": table_of("documents", self.documents),
            "links": table_of("links", self.links),
            "rejections": table_of("rejections", self.rejections),
            "staging/read_elements": _element_table(self.elements),
            "staging/margins": pa.Table.from_pylist(self.margins, schema=MARGINS),
            "staging/blobs": pa.table(
                [[image_id for image_id, _ in self.blobs], [data for _, data in self.blobs]], schema=BLOBS
            ),
        }


def _license_from(facts: DocumentFacts, read: ReadDocument | None) -> str | None:
    if read is not None and read.license:
        return read.license_from or "document"
    return facts.license_from if facts.license else None


def _text_hash(elements: tuple[Element, ...]) -> str | None:
    """Return the hash of all content text; None where there is none, which is no duplicate of nothing."""
    words = [word for e in elements if e.text and not e.boilerplate for word in e.text.split()]
    return hashlib.sha256(" ".join(words).encode("utf-8", "replace")).hexdigest() if words else None


def _element_table(elements: list[tuple[str, Element]]) -> pa.Table:
    columns: dict[str, list[object]] = {"doc_id": [doc_id for doc_id, _ in elements]}
    for name in ELEMENTS.names[1:]:
        columns[name] = [getattr(element, name) for _, element in elements]
    return pa.table(columns, schema=ELEMENTS)
