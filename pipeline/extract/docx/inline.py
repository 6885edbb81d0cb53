"""A paragraph's content in order: text, and what stands between or beside it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from pipeline.extract.docx.pictures import figures
from pipeline.extract.docx.styles import Styles, is_on, number
from pipeline.extract.docx.symbols import plain_symbols, symbol
from pipeline.extract.names import names
from pipeline.extract.ooxml.figures import Figure
from pipeline.extract.ooxml.fonts import MONOSPACED
from pipeline.extract.ooxml.math import tex
from pipeline.extract.ooxml.names import M, W
from pipeline.extract.xml import local_name

_CONTAINERS = names("hyperlink smartTag ins moveTo customXml fldSimple bdo dir sdt sdtContent ruby rubyBase")
_DELETED = frozenset({"del", "moveFrom"})
_SIGNS = {"tab": "\t", "ptab": "\t", "br": "\n", "cr": "\n", "noBreakHyphen": "-"}
_NOTES = {"footnoteReference": "footnote", "endnoteReference": "endnote"}


@dataclass(frozen=True)
class Piece:
    """A piece of a paragraph: `text`, `math`, `footnote`, `endnote`, or a kind of `pictures.Figure`.

    `text` is the words, the TeX or the id of the note; `code` tells monospaced words.
    """

    kind: str
    text: str = ""
    code: bool = False
    figure: Figure | None = None


class Inline:
    """Reads paragraphs; fields may run over several of them, so that one reader serves a whole part.

    Args:
        styles: the document's styles.
    """

    def __init__(self, styles: Styles) -> None:
        self.styles = styles
        #: What is counted for `left_out`: tracked deletions, hidden runs.
        self.deleted = 0
        self.hidden = 0
        #: The kinds of field that the last paragraph held, such as "SEQ Figure".
        self.fields: list[str] = []
        self._open: list[list[str]] = []  # of each open field its instruction, and "" once the result began
        self._font = ""

    def pieces(self, paragraph: Any) -> list[Piece]:
        """Return the pieces of a paragraph (`w:p`), texts that touch joined."""
        self.fields = []
        self._font = self.styles.font(paragraph)
        joined: list[Piece] = []
        for piece in self._children(paragraph):
            last = joined[-1] if joined else None
            same = last is not None and last.kind == piece.kind == "text"
            if last is not None and same and (last.code == piece.code or not piece.text.strip()):
                joined[-1] = Piece("text", last.text + piece.text, last.code)
            else:
                joined.append(piece)
        # An instruction ends with its paragraph: one that nobody closes must not swallow the document.
        self._open = [state for state in self._open if state[-1:] == [""]]
        return joined

    def _children(self, node: Any) -> Iterator[Piece]:
        for child in node:
            name = local_name(child)
            if child.tag == f"{M}oMathPara":
                for formula in child.iter(f"{M}oMath"):
                    yield Piece("math", tex(formula))
            elif child.tag == f"{M}oMath":
                yield Piece("inline_math", tex(child))
            elif name == "r":
                yield from self._run(child)
            elif name in _DELETED:
                self.deleted += any(True for _ in child.iter(f"{W}delText", f"{W}t", f"{W}drawing"))
            elif name in _CONTAINERS:
                if name == "fldSimple":
                    self.fields.append(" ".join((child.get(f"{W}instr") or "").split()))
                yield from self._children(child)

    def _run(self, run: Any) -> Iterator[Piece]:
        properties = run.find(f"{W}rPr")
        if is_on(properties, "vanish") or is_on(properties, "webHidden"):
            self.hidden += run.find(f"{W}t") is not None and is_on(properties, "vanish")
            # Fields are opened and closed by hidden runs too.
            for child in run:
                self._field(child)
            return
        fonts = properties.find(f"{W}rFonts") if properties is not None else None
        font = (fonts.get(f"{W}ascii") if fonts is not None else None) or self._font
        style = properties.find(f"{W}rStyle") if properties is not None else None
        code = bool(MONOSPACED.search(font)) or (
            style is not None and self.styles.is_code(style.get(f"{W}val"))
        )
        for child in run:
            form = child.find(f"{W}ffData")
            if form is not None:
                yield Piece("text", _chosen(form))
            if self._field(child) or any(state[-1:] != [""] for state in self._open):
                continue
            yield from self._run_child(child, font, code)

    def _run_child(self, child: Any, font: str, code: bool) -> Iterator[Piece]:
        name = local_name(child)
        if name == "t":
            yield Piece("text", plain_symbols(child.text or "", font), code)
        elif name in _SIGNS:
            yield Piece("text", _SIGNS[name], code)
        elif name == "sym":
            digits = child.get(f"{W}char") or ""
            try:
                yield Piece("text", symbol(int(digits, 16), child.get(f"{W}font") or ""), code)
            except ValueError:
                return
        elif name in _NOTES:
            yield Piece(_NOTES[name], str(number(child.get(f"{W}id"), -1)))
        elif name in {"drawing", "pict", "object", "AlternateContent"}:
            for figure in figures(child):
                yield Piece(figure.kind, figure=figure)
        elif name == "ruby":
            yield from self._children(child)

    def _field(self, node: Any) -> bool:
        """Follow the beginnings and ends of fields; tells whether a node is one of theirs."""
        name = local_name(node)
        if name == "fldChar":
            kind = node.get(f"{W}fldCharType")
            if kind == "begin":
                self._open.append([])
            elif kind == "separate" and self._open:
                self.fields.append(" ".join("".join(self._open[-1]).split()))
                self._open[-1].append("")
            elif kind == "end" and self._open:
                self._open.pop()
            return True
        if name == "instrText":
            if self._open and self._open[-1][-1:] != [""]:
                self._open[-1].append(node.text or " ")
            return True
        return False


def _chosen(form: Any) -> str:
    """Return what a form field of the old kind shows: its box, or the entry that was chosen."""
    box, choices = form.find(f"{W}checkBox"), form.find(f"{W}ddList")
    if box is not None:
        name = "checked" if box.find(f"{W}checked") is not None else "default"
        return "☒" if is_on(box, name) else "☐"
    if choices is not None:
        entries = [entry.get(f"{W}val") or "" for entry in choices.findall(f"{W}listEntry")]
        result = choices.find(f"{W}result")
        at = number(result.get(f"{W}val")) if result is not None else 0
        return entries[at] if at < len(entries) else ""
    return ""
