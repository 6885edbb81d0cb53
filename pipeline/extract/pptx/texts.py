"""The text of a shape: its paragraphs as headings, list items, code or text."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from pipeline.extract.ooxml.fonts import MONOSPACED
from pipeline.extract.ooxml.math import tex
from pipeline.extract.ooxml.names import A, M, P
from pipeline.extract.xml import local_name

_TEXT = frozenset({"r", "fld"})


@dataclass(frozen=True)
class Paragraph:
    """A paragraph: its node, its words, its level from 0, and whether all of it is monospaced."""

    node: Any
    text: str
    level: int
    code: bool
    rtl: bool
    math: bool


def paragraphs(body: Any) -> Iterator[Paragraph]:
    """Give the paragraphs of a text body (`p:txBody`, `a:txBody`) that have words."""
    for node in body.iter(f"{A}p") if body is not None else ():
        pieces: list[str] = []
        fonts: list[str] = []
        has_math = False
        for child in _runs(node):
            name = local_name(child)
            if child.tag == f"{M}oMath":
                pieces.append(f"${tex(child)}$")
                has_math = True
            elif name == "br":
                pieces.append("\n")
            elif words := "".join(t.text or "" for t in child.iter(f"{A}t")):
                pieces.append(words)
                face = child.find(f"{A}rPr/{A}latin")
                fonts.append(face.get("typeface") or "" if face is not None else "")
        text = "".join(pieces)
        if not text.strip():
            continue
        properties = node.find(f"{A}pPr")
        level = (properties.get("lvl") or "0") if properties is not None else "0"
        alone = has_math and sum(bool(piece.strip()) for piece in pieces) == 1
        yield Paragraph(
            node,
            text.strip().strip("$") if alone else text,
            int(level) if level.isdigit() and len(level) < 3 else 0,
            bool(fonts) and all(MONOSPACED.search(font) for font in fonts),
            properties is not None and properties.get("rtl") in {"1", "true"},
            alone,
        )


def words_of(body: Any) -> str:
    """Return the words of a text body, a line for each paragraph."""
    return "\n".join(paragraph.text for paragraph in paragraphs(body))


def body_of(shape: Any) -> Any:
    """Return the text body of a shape, or None."""
    return shape.find(f"{P}txBody")


def _runs(node: Any) -> Iterator[Any]:
    for child in node:
        name = local_name(child)
        if name in _TEXT or name == "br" or child.tag == f"{M}oMath":
            yield child
        elif name == "AlternateContent":
            yield from node.iter(f"{M}oMath")
            return
        elif name in {"m", "oMathPara"}:
            yield from child.iter(f"{M}oMath")
