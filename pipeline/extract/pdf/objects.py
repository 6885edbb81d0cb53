"""What a page draws beside its text: embedded images and paths, with where they are seen."""

from __future__ import annotations

import ctypes
import math
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

from pipeline.extract.pdf.frame import IDENTITY, Frame, Matrix, mapped, times
from pipeline.extract.pdf.geometry import Box
from pipeline.extract.pdf.limits import MAX_DEPTH, MAX_OBJECTS

#: Points: what is thinner is a line.
THIN = 2.5
#: A form that covers more of the page than this is the page's own wrapping, not a drawing.
_WRAPPING = 0.6
#: A colour whose every part, of 255, is at least this is the paper's.
_WHITE = 250
#: Points by which a straight line may lean.
_STRAIGHT = 0.15
_MAX_SEGMENTS = 4_000


@dataclass(frozen=True)
class Raster:
    """An embedded image: pdfium's handle, its matrix to user space, where it is seen."""

    handle: Any
    matrix: Matrix
    box: Box


@dataclass(frozen=True)
class Path:
    """A path that leaves a mark; `plain` is a rectangle or a straight upright or level line."""

    box: Box
    plain: bool
    stroked: bool
    filled: bool
    white: bool  # filled with white only
    form: int | None  # the form that it was drawn with, where that is a part of the page

    @property
    def level(self) -> bool:
        """Whether it is a thin line from left to right."""
        return self.plain and self.box.height <= THIN < self.box.width

    @property
    def standing(self) -> bool:
        """Whether it is a thin line from top to bottom."""
        return self.plain and self.box.width <= THIN < self.box.height


@dataclass
class PageObjects:
    """A page's images and paths in the order in which they are drawn, and its forms by their number."""

    rasters: list[Raster] = field(default_factory=list)
    paths: list[Path] = field(default_factory=list)
    forms: dict[int, Box] = field(default_factory=dict)
    cut: bool = False


def read_objects(page: Any, frame: Frame) -> PageObjects:
    """Read a page's images and paths, those in forms included.

    Args:
        page: pdfium's handle of the page.
        frame: how the page is shown.
    """
    import pypdfium2.raw as pdfium  # noqa: PLC0415 - loads a library that only this reader needs

    found = PageObjects()
    count = pdfium.FPDFPage_CountObjects(page)
    handles = (pdfium.FPDFPage_GetObject(page, index) for index in range(max(count, 0)))
    _Walk(pdfium, frame, found).walk(handles, IDENTITY, None, 0)
    return found


class _Walk:
    def __init__(self, pdfium: Any, frame: Frame, found: PageObjects) -> None:
        self._pdfium = pdfium
        self._frame = frame
        self._found = found
        self._left = MAX_OBJECTS

    def walk(self, handles: Iterator[Any], matrix: Matrix, form: int | None, depth: int) -> None:
        """Collect the objects `handles`, which `matrix` maps to user space, and those of their forms."""
        pdfium, found, page = self._pdfium, self._found, self._frame.page
        for handle in handles:
            self._left -= 1
            if self._left <= 0:
                found.cut = True
                return
            kind = pdfium.FPDFPageObj_GetType(handle)
            if kind == pdfium.FPDF_PAGEOBJ_TEXT:
                continue
            if kind == pdfium.FPDF_PAGEOBJ_FORM:
                if depth < MAX_DEPTH:
                    count = pdfium.FPDFFormObj_CountObjects(handle)
                    inner = (pdfium.FPDFFormObj_GetObject(handle, index) for index in range(max(count, 0)))
                    own = times(_matrix(pdfium, handle), matrix)
                    number = form if form is not None else _form(pdfium, handle, matrix, self._frame, found)
                    self.walk(inner, own, number, depth + 1)
                continue
            box = _box(pdfium, handle, matrix, self._frame)
            if box is None:
                continue
            if kind == pdfium.FPDF_PAGEOBJ_IMAGE:
                found.rasters.append(Raster(handle, times(_matrix(pdfium, handle), matrix), box))
            elif kind == pdfium.FPDF_PAGEOBJ_PATH:
                paint = _paint(pdfium, handle)
                if paint is not None:
                    parts = _parts(pdfium, handle, times(_matrix(pdfium, handle), matrix), self._frame)
                    if len(parts) > 1:
                        seen = [part.within(page) for part in parts if part.touches(page)]
                        found.paths += [Path(part, True, *paint, form) for part in seen]
                    else:
                        found.paths.append(Path(box, bool(parts), *paint, form))
            elif kind == pdfium.FPDF_PAGEOBJ_SHADING:
                found.paths.append(Path(box, False, False, True, False, form))


def _form(pdfium: Any, handle: Any, matrix: Matrix, frame: Frame, found: PageObjects) -> int | None:
    box = _box(pdfium, handle, matrix, frame)
    if box is None or box.area > _WRAPPING * frame.page.area:
        return None
    number = len(found.forms)
    found.forms[number] = box
    return number


def _matrix(pdfium: Any, handle: Any) -> Matrix:
    raw = pdfium.FS_MATRIX()
    if not pdfium.FPDFPageObj_GetMatrix(handle, raw):
        return IDENTITY
    values = (raw.a, raw.b, raw.c, raw.d, raw.e, raw.f)
    return values if all(map(math.isfinite, values)) else IDENTITY


def _box(pdfium: Any, handle: Any, matrix: Matrix, frame: Frame) -> Box | None:
    """Return where an object is seen, clipped to the page; None where it is not."""
    left, bottom, right, top = (ctypes.c_float() for _ in range(4))
    if not pdfium.FPDFPageObj_GetBounds(handle, left, bottom, right, top):
        return None
    bounds = mapped(matrix, (left.value, bottom.value, right.value, top.value))
    if not all(map(math.isfinite, bounds)):
        return None
    box = frame.box(*bounds).within(frame.page)
    return box if box.x1 >= box.x0 and box.y1 >= box.y0 else None


def _paint(pdfium: Any, handle: Any) -> tuple[bool, bool, bool] | None:
    """Return whether a path is stroked, filled, and filled with white; None if it leaves no mark."""
    fill, stroke = ctypes.c_int(), ctypes.c_int()
    if not pdfium.FPDFPath_GetDrawMode(handle, fill, stroke):
        return None
    filled = fill.value != pdfium.FPDF_FILLMODE_NONE
    white = False
    if filled:
        red, green, blue, alpha = (ctypes.c_uint() for _ in range(4))
        if pdfium.FPDFPageObj_GetFillColor(handle, red, green, blue, alpha):
            filled = alpha.value > 0
            white = min(red.value, green.value, blue.value) >= _WHITE
    return (bool(stroke.value), filled, filled and white) if filled or stroke.value else None


def _parts(pdfium: Any, handle: Any, matrix: Matrix, frame: Frame) -> list[Box]:
    """Return the level and upright rectangles and lines of a path; none if it has any other part."""
    count = pdfium.FPDFPath_CountSegments(handle)
    if not 2 <= count <= _MAX_SEGMENTS:
        return []
    x, y = ctypes.c_float(), ctypes.c_float()
    a, b, c, d, e, f = matrix
    subpaths: list[list[tuple[float, float]]] = []
    for index in range(count):
        segment = pdfium.FPDFPath_GetPathSegment(handle, index)
        kind = pdfium.FPDFPathSegment_GetType(segment)
        if kind == pdfium.FPDF_SEGMENT_BEZIERTO or not pdfium.FPDFPathSegment_GetPoint(segment, x, y):
            return []
        point = frame.point(a * x.value + c * y.value + e, b * x.value + d * y.value + f)
        if not all(map(math.isfinite, point)):
            return []
        if kind == pdfium.FPDF_SEGMENT_MOVETO or not subpaths:
            subpaths.append([point])
            continue
        before = subpaths[-1][-1]
        if abs(point[0] - before[0]) > _STRAIGHT and abs(point[1] - before[1]) > _STRAIGHT:
            return []
        subpaths[-1].append(point)
    boxes: list[Box] = []
    for points in subpaths:
        # Four sides are a rectangle; fewer are lines, each for itself.
        pieces = [points] if len(points) >= 4 else [list(two) for two in pairwise(points)]
        boxes += [Box(*map(min, zip(*p, strict=True)), *map(max, zip(*p, strict=True))) for p in pieces]
    return boxes
