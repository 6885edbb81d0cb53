"""The walk over the blocks of a document: paragraphs, tables, and what is nested in them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from pipeline.extract.builder import Builder, fold
from pipeline.extract.captions import looks_like_caption
from pipeline.extract.docx.inline import Inline, Piece
from pipeline.extract.docx.pictures import figures
from pipeline.extract.docx.styles import Role, Styles, is_on
from pipeline.extract.docx.tables import Cell, cell_grid, cells_in_order, has_head, rows_of
from pipeline.extract.ooxml.figures import Figure, add_figure
from pipeline.extract.ooxml.names import VML, A, W
from pipeline.extract.ooxml.package import Part
from pipeline.extract.tables import markdown_table
from pipeline.extract.xml import local_name

_TRANSPARENT = frozenset({"sdtContent", "customXml", "ins", "moveTo", "smartTag"})
#: What belongs into a paragraph, and is read where a program has put it beside one.
_STRAY = frozenset({"pict", "drawing", "object", "AlternateContent"})
_LEFT_OUT = {"altChunk": "embedded_document", "subDoc": "embedded_document"}
_MAX_BOXES = 8


class Walker:
    """Writes the blocks of one part (the body, a header, the notes) into a builder.

    Args:
        builder: where elements go.
        part: the part.
        styles: the document's styles.
        notes: the footnotes and endnotes by kind and id, with the part that holds them.
        boilerplate: whether all of the part surrounds the content.
    """

    def __init__(
        self,
        builder: Builder,
        part: Part,
        styles: Styles,
        notes: dict[tuple[str, str], tuple[Part, Any]],
        boilerplate: bool = False,
    ) -> None:
        self.builder = builder
        self.part = part
        self.styles = styles
        self.inline = Inline(styles)
        #: Captions by position; True for one that is kept together with what follows.
        self.captions: dict[int, bool] = {}
        self.endnotes: list[str] = []
        self._notes = notes
        self._boilerplate = boilerplate
        self._code: list[str] = []
        self._carried: list[Piece] = []
        self._boxes = 0

    def walk(self, container: Any) -> None:
        """Write the blocks of a body, a cell, a text box or a note."""
        for block in container:
            name = local_name(block)
            if name == "p":
                self._paragraph(block)
            elif name == "tbl":
                self._flush_code()
                self._table(block)
            elif name == "sdt":
                self._structured(block)
            elif name in _TRANSPARENT:
                self.walk(block)
            elif name in _STRAY:
                for figure in figures(block):
                    self._figure(figure)
            elif name in _LEFT_OUT:
                self.builder.leave_out(
                    _LEFT_OUT[name], "A document that is embedded in this one (altChunk) was left out."
                )
        self._flush_code()

    def _structured(self, block: Any) -> None:
        gallery = block.find(f"{W}sdtPr/{W}docPartObj/{W}docPartGallery")
        outer = self._boilerplate
        if gallery is not None and "Table of Contents" in (gallery.get(f"{W}val") or ""):
            self._boilerplate = True
        for content in block.findall(f"{W}sdtContent"):
            self.walk(content)
        self._boilerplate = outer

    def _paragraph(self, paragraph: Any) -> None:
        pieces = self._carried + self.inline.pieces(paragraph)
        self._carried = []
        properties = paragraph.find(f"{W}pPr")
        mark = properties.find(f"{W}rPr") if properties is not None else None
        if mark is not None and mark.find(f"{W}del") is not None:
            # Its end was deleted: what follows is the same paragraph.
            self._carried = pieces
            return
        role = self._role(paragraph, pieces)
        if role.kind == "code" and all(piece.kind == "text" for piece in pieces):
            self._code.append("".join(piece.text for piece in pieces))
            return
        self._flush_code()
        self.builder.direction = "rtl" if is_on(properties, "bidi") else None
        self._emit(pieces, role, is_on(properties, "keepNext"))
        self.builder.direction = None

    def _role(self, paragraph: Any, pieces: list[Piece]) -> Role:
        role = self.styles.role(paragraph)
        words = [piece for piece in pieces if piece.kind == "text" and piece.text.strip()]
        if role.kind in {"text", "list_item"} and words:
            if all(piece.code for piece in words):
                return Role("code")
            text = fold("".join(piece.text for piece in words))
            if looks_like_caption(text, strict=not self._is_sequence()) and role.kind == "text":
                return Role("caption")
        return role

    def _is_sequence(self) -> bool:
        return any(field.startswith("SEQ ") for field in self.inline.fields)

    def _emit(self, pieces: list[Piece], role: Role, keeps_next: bool) -> None:
        """Write a paragraph: pictures in a line split it, those beside it and notes come after it."""
        later: list[Piece] = []
        text: list[str] = []
        whole = role.kind in {"heading", "caption"}
        alone = not any(piece.kind == "text" and piece.text.strip() for piece in pieces)
        for piece in pieces:
            if piece.kind == "text":
                text.append(piece.text)
            elif piece.kind == "inline_math" and not alone:
                text.append(f"${piece.text}$")
            elif piece.kind in {"footnote", "endnote"}:
                text.append(f"[{self._note_number(piece)}]")
                later.append(piece)
            elif self._is_later(piece, whole and role.kind == "heading", alone):
                later.append(piece)
            else:
                if not whole:
                    self._text("".join(text), role, keeps_next)
                    text = []
                self._piece(piece)
        self._text("".join(text), role, keeps_next)
        for piece in later:
            self._piece(piece)

    @staticmethod
    def _is_later(piece: Piece, heading: bool, alone: bool) -> bool:
        beside = piece.kind == "box" or (piece.figure is not None and piece.figure.beside)
        return heading or (beside and not alone)

    def _text(self, text: str, role: Role, keeps_next: bool) -> None:
        builder, aside = self.builder, self._boilerplate or role.kind == "contents"
        if role.kind == "heading" and not aside:
            builder.heading(role.level or 1, text)
        elif role.kind == "caption":
            position = builder.add("text", text, boilerplate=aside)
            if position is not None and not aside:
                self.captions[position] = keeps_next
        elif role.kind in {"heading", "contents", "text"}:
            builder.add("text", text, boilerplate=aside)
        else:
            builder.add(role.kind, text, level=role.level, boilerplate=aside)

    def _piece(self, piece: Piece) -> None:
        if piece.kind in {"math", "inline_math"}:
            self.builder.add("math", piece.text, boilerplate=self._boilerplate)
        elif piece.kind == "footnote":
            self._note(piece)
        elif piece.kind == "endnote":
            self.endnotes.append(piece.text)
        elif piece.figure is not None:
            self._figure(piece.figure)

    def _figure(self, figure: Figure) -> None:
        if figure.kind != "box":
            add_figure(self.builder, self.part, figure, self._boilerplate)
        elif self._boxes < _MAX_BOXES:
            self._boxes += 1
            self.walk(figure.node)
            self._boxes -= 1
        else:
            self.builder.leave_out("nested_too_deeply", "A text box within many others was left out.")

    def _note_number(self, piece: Piece) -> str:
        ids = [key[1] for key in self._notes if key[0] == piece.kind]
        return str(ids.index(piece.text) + 1) if piece.text in ids else piece.text

    def _note(self, piece: Piece) -> None:
        found = self._notes.get((piece.kind, piece.text))
        if found is None:
            return
        part, node = found
        inner = Walker(self.builder, part, self.styles, {}, self._boilerplate)
        before = len(self.builder)
        inner.walk(node)
        self.builder.prefix(before, f"[{self._note_number(piece)}] ")

    def add_endnotes(self) -> None:
        """Write the endnotes that were referred to."""
        for number in self.endnotes:
            self._note(Piece("endnote", number))

    def _flush_code(self) -> None:
        code, self._code = self._code, []
        if code:
            self.builder.add("code", "\n".join(code), boilerplate=self._boilerplate)

    def _table(self, table: Any) -> None:
        rows = rows_of(table)
        if self._arranges(rows):
            for cell in cells_in_order(rows, self._is_picture):
                self.walk(cell)
            return
        drawn: list[Figure] = []
        later: list[Piece] = []
        once, repeated = cell_grid(rows, lambda node: self._cell_text(node, drawn, later))
        self.builder.add(
            "table",
            markdown_table(once, header=has_head(table)),
            boilerplate=self._boilerplate,
            cells=repeated,
        )
        for figure in drawn:
            self._figure(figure)
        for piece in later:
            self._piece(piece)

    def _arranges(self, rows: list[list[Cell]]) -> bool:
        """Tell whether a table arranges the page: by its shape, or by what is in its cells."""
        cells = [cell for row in rows for cell in row if cell.node is not None and not cell.continues]
        if len(rows) < 2 or max((len(row) for row in rows), default=0) < 2:
            return True
        if any(cell.node.find(f".//{W}tbl") is not None for cell in cells):
            return True
        paragraphs = [p for cell in cells for p in cell.node.iter(f"{W}p")]
        if any(self.styles.role(p).kind == "heading" for p in paragraphs):
            return True
        filled = [cell for cell in cells if self._is_picture(cell.node) or _words(cell.node)]
        return bool(filled) and 2 * sum(self._is_picture(cell.node) for cell in filled) >= len(filled)

    @staticmethod
    def _is_picture(node: Any) -> bool:
        return next(node.iter(f"{A}blip", f"{VML}imagedata"), None) is not None

    def _cell_text(self, node: Any, drawn: list[Figure], later: list[Piece]) -> str:
        lines = []
        for paragraph in _paragraphs(node):
            words: list[str] = []
            for piece in self.inline.pieces(paragraph):
                if piece.figure is not None:
                    drawn.append(piece.figure)
                elif piece.kind in {"footnote", "endnote"}:
                    words.append(f"[{self._note_number(piece)}]")
                    later.append(piece)
                else:
                    words.append(piece.text if piece.kind == "text" else f"${piece.text}$")
            lines.append(fold("".join(words)))
        return "\n".join(line for line in lines if line)


def _paragraphs(node: Any) -> Iterator[Any]:
    for child in node:
        if child.tag == f"{W}p":
            yield child
        elif local_name(child) in _TRANSPARENT or local_name(child) == "sdt":
            yield from _paragraphs(child)


def _words(node: Any) -> bool:
    return any((text.text or "").strip() for text in node.iter(f"{W}t"))
