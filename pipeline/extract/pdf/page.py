"""One page: its lines, pictures and tables in reading order."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from pipeline.extract.pdf.frame import Frame
from pipeline.extract.pdf.geometry import Box, overlap, union
from pipeline.extract.pdf.glyphs import Span, read_text
from pipeline.extract.pdf.objects import read_objects
from pipeline.extract.pdf.order import Piece, Row, columns
from pipeline.extract.pdf.pictures import raster_bytes, render
from pipeline.extract.pdf.regions import Picture, find_regions
from pipeline.extract.pdf.ruled import Table
from pipeline.extract.pdf.words import line_text, rows_of

#: A picture that is at most so many ems high may stand in a line of text.
_INLINE = 2.5


@dataclass(eq=False)
class Line:
    """A line of text in a column; `bold`, `mono` and `math` are shares of its characters."""

    spans: list[Span]
    text: str
    box: Box
    baseline: float
    size: float
    bold: float
    mono: float
    math: float


@dataclass(eq=False)
class Image:
    """A picture's file, or None where it could not be had; `words` are those that a drawing holds."""

    box: Box
    data: bytes | None
    words: str | None
    background: bool


Entry = Line | Image | Table


@dataclass
class Page:
    """A page as it is seen: columns in reading order; `cut` names what was left out of it."""

    number: int  # from 1
    box: Box
    frame: Frame
    columns: list[list[Entry]]
    has_text: bool
    cut: list[str] = field(default_factory=list)

    def lines(self) -> Iterator[Line]:
        """Give its lines in reading order."""
        return (entry for column in self.columns for entry in column if isinstance(entry, Line))

    def images(self) -> Iterator[Image]:
        """Give its pictures in reading order."""
        return (entry for column in self.columns for entry in column if isinstance(entry, Image))


def read_page(page: Any, textpage: Any, frame: Frame, number: int) -> Page:
    """Read a page.

    Args:
        page: pdfium's handle of it.
        textpage: pdfium's handle of its text.
        frame: how it is shown.
        number: which page it is, from 1.
    """
    text = read_text(textpage, frame)
    frame = text.frame
    whole = frame.page
    spans = [span for span in text.spans if span.box.touches(whole)]
    objects = read_objects(page, frame)
    regions = find_regions(objects, spans, whole)
    images = [_image(page, picture, frame) for picture in regions.pictures]
    spans = regions.running
    entries: list[Image | Table] = [*images, *regions.tables]
    pieces = [Piece(span.box, span.baseline, span.size, index) for index, span in enumerate(spans)]
    pieces += [
        Piece(entry.box, entry.box.y1, 0.0, len(spans) + index)
        for index, entry in enumerate(entries)
        if not (isinstance(entry, Image) and entry.background)
    ]
    found: list[list[Entry]] = [[image] for image in images if image.background]
    found += [
        [entry for row in column for entry in _entries(row, spans, entries)] for column in columns(pieces)
    ]
    cut = [name for name, was in (("characters", text.cut), ("objects", objects.cut)) if was]
    return Page(number, whole, frame, found, bool(spans or regions.tables), cut)


def _image(page: Any, picture: Picture, frame: Frame) -> Image:
    if picture.raster is not None:
        return Image(
            picture.box, raster_bytes(page, picture.raster, frame), picture.words, picture.background
        )
    return Image(picture.box, render(page, picture.box, frame, picture.scale), picture.words, False)


def _entries(row: Row, spans: Sequence[Span], regions: Sequence[Image | Table]) -> list[Entry]:
    """Return a band's lines and regions from top to bottom; a picture within a line comes after it."""
    own = [spans[piece.number] for piece in row if piece.number < len(spans)]
    upright = rows_of(span for span in own if span.upright)
    rows = [*upright, *([span] for span in own if not span.upright)]
    lines = [line_of(one) for one in rows]
    placed: list[tuple[float, float, Entry]] = [(line.box.y0, line.box.x0, line) for line in lines]
    for piece in row:
        if piece.number >= len(spans):
            region = regions[piece.number - len(spans)]
            box = region.box
            beside = any(overlap(box.y0, box.y1, line.box.y0, line.box.y1) > 0 for line in lines)
            size = max((span.size for span in own), default=0.0)
            inline = beside and box.height <= _INLINE * size
            placed.append((box.y1 if inline else box.y0, box.x0, region))
    return [entry for _, _, entry in sorted(placed, key=lambda one: one[:2])]


def line_of(spans: list[Span]) -> Line:
    """Return spans of one line as a line."""
    letters: Counter[float] = Counter()
    bold = mono = math = 0
    for span in spans:
        length = len(span.text)
        letters[span.size] += length
        bold += length * span.style.bold
        mono += length * span.style.mono
        math += length * span.style.math
    size = letters.most_common(1)[0][0]
    leader = max((span for span in spans if span.size == size), key=lambda span: len(span.text))
    total = max(letters.total(), 1)
    box = union(span.box for span in spans)
    return Line(spans, line_text(spans), box, leader.baseline, size, bold / total, mono / total, math / total)
