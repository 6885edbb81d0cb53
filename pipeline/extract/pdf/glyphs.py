"""The characters of a page as spans: runs of one font on one line, without a wide gap."""

from __future__ import annotations

import ctypes
import math
import re
from collections import Counter
from dataclasses import dataclass, replace
from typing import Any

from pipeline.extract.pdf.frame import Frame
from pipeline.extract.pdf.geometry import Box
from pipeline.extract.pdf.limits import MAX_CHARACTERS

#: Gaps in ems: a wider one is a space, or ends the span.
_SPACE_GAP = 0.2
_SPAN_GAP = 0.75
#: The part of a line's height that its letters take, above and below the baseline, in ems.
ASCENT = 0.72
DESCENT = 0.2
_LIGATURES = {
    0xFB00: "ff", 0xFB01: "fi", 0xFB02: "fl", 0xFB03: "ffi", 0xFB04: "ffl", 0xFB05: "st", 0xFB06: "st",
    0x00A0: " ", 0x0002: "-", 0x00AD: "-",
}  # fmt: skip
_BOLD = re.compile(r"bold|black|heavy|demi|cmbx|cmb\d|[-,]bd\b", re.IGNORECASE)
_MONO = re.compile(r"mono|courier|consol|typewriter|cmtt|cmsltt|lmtt|menlo|monaco|inconsolata|code", re.I)
_MATH = re.compile(r"cm(mi|sy|ex|bsy|mib)\d|math|msam|msbm|stix.*(size|int)|symbol", re.IGNORECASE)
_FIXED_PITCH = 1
_FORCE_BOLD = 1 << 18
_INVISIBLE = 3


@dataclass(frozen=True)
class Style:
    """A font at a size."""

    font: str
    size: float
    bold: bool
    mono: bool
    math: bool
    visible: bool = True


@dataclass(slots=True)
class Span:
    """A run of characters; `box` is as high as its letters, `advance` the width of one on average."""

    text: str
    box: Box
    baseline: float
    style: Style
    spaced: bool  # whether white space stands before it
    upright: bool = True

    @property
    def size(self) -> float:
        """The font's size in points as it is seen."""
        return self.style.size


@dataclass(frozen=True)
class PageText:
    """A page's spans in the order of its content, the frame in which most of them are upright."""

    spans: list[Span]
    frame: Frame
    cut: bool  # whether there was more than `MAX_CHARACTERS`


@dataclass(slots=True)
class _Glyph:
    text: str
    left: float
    bottom: float
    right: float
    top: float
    x: float
    y: float
    style: Style
    quarter: int
    spaced: bool


def read_text(textpage: Any, frame: Frame) -> PageText:
    """Read a page's characters.

    Args:
        textpage: pdfium's handle of the page's text.
        frame: how the page is shown.
    """
    import pypdfium2.raw as pdfium  # noqa: PLC0415 - loads a library that only this reader needs

    count = max(pdfium.FPDFText_CountChars(textpage), 0)
    glyphs = _glyphs(pdfium, textpage, min(count, MAX_CHARACTERS))
    turns = Counter(glyph.quarter for glyph in glyphs)
    usual = turns.most_common(1)[0][0] if turns else 0
    shown = frame
    # A table or a chart that was laid sideways on an upright page is read with the head turned.
    if (usual + frame.turns) % 4 and turns[usual] > 0.7 * len(glyphs) and len(glyphs) > 20:
        shown = replace(frame, turns=(-usual) % 4)
    spans: list[Span] = []
    for quarter in sorted(turns):
        own = replace(frame, turns=(-quarter) % 4)
        found = _spans([glyph for glyph in glyphs if glyph.quarter == quarter], own)
        if own.turns != shown.turns:
            for span in found:
                span.box = shown.seen_from(span.box, own)
                span.baseline = span.box.y1
                span.upright = False
        spans += found
    return PageText(spans, shown, count > MAX_CHARACTERS)


def _glyphs(pdfium: Any, textpage: Any, count: int) -> list[_Glyph]:
    styles = _Styles(pdfium)
    glyphs: list[_Glyph] = []
    loose = pdfium.FS_RECTF()
    x, y = ctypes.c_double(), ctypes.c_double()
    unicode_of, box_of = pdfium.FPDFText_GetUnicode, pdfium.FPDFText_GetLooseCharBox
    origin_of, object_of = pdfium.FPDFText_GetCharOrigin, pdfium.FPDFText_GetTextObject
    spaced, previous = True, 0
    style, quarter = Style("", 0.0, False, False, False), 0
    for index in range(count):
        code = unicode_of(textpage, index)
        if code in (10, 13, 32, 9, 0xA0):
            spaced = True
            continue
        text = _text_of(code)
        if text is None or not box_of(textpage, index, loose) or not origin_of(textpage, index, x, y):
            continue
        handle = object_of(textpage, index)
        address = ctypes.addressof(handle.contents) if handle else 0
        if address != previous or not style.size:
            previous = address
            quarter = round(pdfium.FPDFText_GetCharAngle(textpage, index) / (math.pi / 2)) % 4
            style = styles.of(handle, loose, quarter)
        if loose.left <= loose.right and all(map(math.isfinite, (x.value, y.value, loose.left, loose.top))):
            glyphs.append(
                _Glyph(
                    text, loose.left, loose.bottom, loose.right, loose.top, x.value, y.value, style, quarter,
                    spaced,
                )
            )  # fmt: skip
            spaced = False
    return glyphs


def _text_of(code: int) -> str | None:
    known = _LIGATURES.get(code)
    if known is not None:
        return known
    if code < 32 or 0xD800 <= code <= 0xDFFF or code in (0xFFFE, 0xFFFF) or code > 0x10FFFF:
        return None
    return chr(code)


class _Styles:
    """The styles of a page's text objects; fonts are asked once."""

    def __init__(self, pdfium: Any) -> None:
        self._pdfium = pdfium
        self._fonts: dict[int, tuple[str, bool, bool, bool]] = {}
        self._name = ctypes.create_string_buffer(256)

    def of(self, handle: Any, loose: Any, quarter: int) -> Style:
        """Return the style of a text object, one of whose characters has the loose box `loose`."""
        high = (loose.right - loose.left) if quarter % 2 else (loose.top - loose.bottom)
        if not handle:
            return Style("", round(max(high / 1.15, 1.0), 1), False, False, False)
        pdfium = self._pdfium
        font = pdfium.FPDFTextObj_GetFont(handle)
        address = ctypes.addressof(font.contents) if font else 0
        if address not in self._fonts:
            self._fonts[address] = self._ask(font)
        name, bold, mono, is_math = self._fonts[address]
        size = self._size(handle)
        # A size is in the units of its form, which may be any: the letters' own height says more then.
        if not 0.5 <= size <= 500 or not 0.4 <= high / size <= 4:
            size = max(high / 1.15, 1.0)
        visible = pdfium.FPDFTextObj_GetTextRenderMode(handle) != _INVISIBLE
        return Style(name, round(size, 1), bold, mono, is_math, visible)

    def _ask(self, font: Any) -> tuple[str, bool, bool, bool]:
        pdfium = self._pdfium
        if not font:
            return "", False, False, False
        length = pdfium.FPDFFont_GetBaseFontName(font, self._name, 256)
        name = self._name.raw[: max(min(length, 256) - 1, 0)].decode("utf-8", "replace").split("+")[-1]
        flags = pdfium.FPDFFont_GetFlags(font)
        flags = flags if flags > 0 else 0
        bold = bool(_BOLD.search(name) or flags & _FORCE_BOLD)
        return name, bold, bool(_MONO.search(name) or flags & _FIXED_PITCH), bool(_MATH.search(name))

    def _size(self, handle: Any) -> float:
        size, matrix = ctypes.c_float(), self._pdfium.FS_MATRIX()
        if not self._pdfium.FPDFTextObj_GetFontSize(handle, size):
            return 0.0
        scale = 1.0
        if self._pdfium.FPDFPageObj_GetMatrix(handle, matrix):
            scale = math.hypot(matrix.c, matrix.d)
        return abs(size.value) * scale


def _spans(glyphs: list[_Glyph], frame: Frame) -> list[Span]:
    """Join glyphs that are upright in `frame`."""
    spans: list[Span] = []
    texts: list[str] = []
    style: Style | None = None
    start = end = baseline = 0.0
    spaced = True
    at = (0.0, 0.0)

    def close() -> None:
        if style is not None and texts:
            box = Box(start, baseline - ASCENT * style.size, end, baseline + DESCENT * style.size)
            spans.append(Span("".join(texts), box, baseline, style, spaced))

    for glyph in glyphs:
        edges = frame.point(glyph.left, glyph.bottom)[0], frame.point(glyph.right, glyph.top)[0]
        left, right = min(edges), max(edges)
        _, y = frame.point(glyph.x, glyph.y)
        size = glyph.style.size
        gap = left - end
        same_line = style is glyph.style or style == glyph.style
        # The letters of a ligature share its place.
        ligature = at == (glyph.x, glyph.y)
        at = glyph.x, glyph.y
        near = -0.6 * size <= gap <= _SPAN_GAP * size or ligature
        if same_line and texts and near and abs(y - baseline) < 0.25 * size:
            if glyph.spaced or gap > _SPACE_GAP * size:
                texts.append(" ")
            texts.append(glyph.text)
            end = max(end, right)
            continue
        close()
        texts = [glyph.text]
        spaced = glyph.spaced
        style, start, end, baseline = glyph.style, left, right, y
    close()
    return spans
