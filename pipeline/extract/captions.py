"""Binds captions to the image or the table beside it, in documents that say no more than that."""

from __future__ import annotations

import re

from pipeline.extract.builder import Builder
from pipeline.extract.element import Element

_TABLE = re.compile(r"(?:table|tabelle|tableau|tabla|tabella|tab\.|таблица|表)", re.IGNORECASE)
_LABEL = re.compile(
    r"(?:fig(?:ure|\.)?|table|tab\.|abb(?:ildung|\.)?|tabelle|bild|plate|chart|diagram|photo|图|表|図)\s*"
    r"(?:[A-Z]?[-.]?\d+(?:[.-][\dA-Z]+)*[a-z]?|[IVX]+)(?:\s*(?P<end>[:.–—-]|$)|\s)",
    re.IGNORECASE,
)
_MAX_WORDS = 120


def looks_like_caption(text: str, strict: bool = False) -> bool:
    """Tell whether a text begins as captions do: a label and a number.

    Args:
        text: the text.
        strict: whether a sign must end the number, which sentences ("Figure 2 shows...") do not have.
    """
    found = _LABEL.match(text)
    if found is None or len(text.split()) > _MAX_WORDS:
        return False
    return not strict or found["end"] is not None


def bind_captions(builder: Builder, captions: dict[int, bool]) -> None:
    """Bind each caption to what stands beside it.

    A figure's caption is looked for below its images, then above them; a table's above, then below. Images
    in a row are one figure.

    Args:
        builder: the document; all of it has been added.
        captions: positions of the captions; True for one that its document keeps together with what follows.
    """
    elements = builder.elements()
    taken: set[int] = set()
    for caption, keeps_next in sorted(captions.items()):
        is_table = bool(_TABLE.match(elements[caption].text or ""))
        after_first = is_table or keeps_next
        wanted = ("table", "image") if is_table else ("image", "table")
        for kind in wanted:
            for step in (1, -1) if after_first else (-1, 1):
                members = _run(elements, caption, step, kind, taken)
                if members:
                    taken.update(members)
                    builder.bind_figure(caption, sorted(members))
                    break
            if caption in taken or members:
                break


def _run(elements: tuple[Element, ...], caption: int, step: int, kind: str, taken: set[int]) -> list[int]:
    """Return the images in a row, or the one table, that a caption touches and no other caption has."""
    found: list[int] = []
    at = caption + step
    while 0 <= at < len(elements) and elements[at].kind == kind and at not in taken:
        if elements[at].section != elements[caption].section or elements[at].boilerplate:
            break
        found.append(at)
        if kind == "table":
            break
        at += step
    return found
