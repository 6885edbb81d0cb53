"""The one model that every reader fills: elements in reading order."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from pipeline.refusal import RefusalError

#: Kinds whose text is prose, folded to single spaces.
PROSE = frozenset({"heading", "text", "list_item", "quote"})

#: Kinds that count as the texts of a document.
TEXTS = frozenset({"text", "list_item", "quote", "table"})


# Not frozen: a frozen one takes ten times as long to make, and a large page has thousands.
@dataclass(slots=True)
class Element:
    """One thing in reading order; the columns of the table `elements`, less `doc_id`."""

    position: int
    kind: str
    text: str | None = None
    level: int | None = None
    section: int = 0
    section_path: tuple[str, ...] = ()
    figure: int | None = None
    caption_of: int | None = None
    image_id: str | None = None
    image_url: str | None = None
    image_candidates: tuple[str, ...] = ()
    alt: str | None = None
    boilerplate: bool = False
    boilerplate_score: float | None = None
    language: str | None = None
    direction: str | None = None
    code_language: str | None = None
    cells: tuple[tuple[str, ...], ...] | None = None
    page: int | None = None


@dataclass(frozen=True)
class LeftOut:
    """What a reader kept out of the content on purpose; it becomes a row in `rejections`.

    `rule` is the short name of the reason, `detail` one sentence for a person, `value` how many there were.
    """

    rule: str
    detail: str
    value: float | None = None


@dataclass(frozen=True)
class ReadDocument:
    """What a reader found; `inline_images` holds the bytes of images that were part of the document.

    `opt_out` is the statement by which a document asks that it is not used for training or mining.
    `license_from` is where the document states its licence: rel, meta, json-ld, link, or null for its head.
    """

    title: str | None
    language: str | None
    license: str | None
    elements: tuple[Element, ...]
    inline_images: Mapping[str, bytes] = field(default_factory=dict)
    left_out: tuple[LeftOut, ...] = ()
    opt_out: str | None = None
    license_from: str | None = None


class UnreadableDocumentError(RefusalError):
    """A document that no reader can read."""
