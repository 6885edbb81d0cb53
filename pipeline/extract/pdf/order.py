"""Reading order: a recursive cut of a page into bands from top to bottom and columns from left to right.

After Nagy and Seth, "Hierarchical representation of optically scanned documents" (1984), with a difference: a
column must be one over several lines, so that a title across a page stands before its columns, and rows of a
table without rules stay rows.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

from pipeline.extract.pdf.geometry import Box, overlap, union

#: Ems that the space between two columns has at least.
_GUTTER = 0.75
_MIN_LINES = 3
#: Ems, and share of the whole, that a column has at least.
_MIN_EMS = 6.0
_MIN_SHARE = 0.13
#: Lines of columns are filled to this share; the cells of a table's column are shorter.
_FILLED = 0.5
_MAX_DEPTH = 6


@dataclass(frozen=True)
class Piece:
    """Something on a page that is not cut: a span, a picture or a table (by its number there)."""

    box: Box
    baseline: float
    size: float  # of its font; 0 for a region
    number: int


Row = list[Piece]


def columns(pieces: Sequence[Piece], depth: int = 0) -> list[list[Row]]:
    """Return the columns of a page in reading order, each as its bands from top to bottom.

    A band holds pieces whose heights overlap, from left to right.
    """
    bands = _bands(pieces)
    found: list[list[Row]] = []
    single: list[Row] = []
    index = 0
    while index < len(bands):
        run = _run(bands, index) if depth < _MAX_DEPTH else None
        if run is None:
            single.append(bands[index])
            index += 1
            continue
        end, gutter = run
        start = index
        while single and _belongs(single[-1], bands[start], gutter):
            single.pop()
            start -= 1
        while end < len(bands) and _belongs(bands[end], bands[end - 1], gutter):
            end += 1
        if single:
            found.append(single)
            single = []
        middle = sum(gutter) / 2
        inside = [piece for band in bands[start:end] for piece in band]
        left = [piece for piece in inside if piece.box.x0 < middle]
        right = [piece for piece in inside if piece.box.x0 >= middle]
        found += columns(left, depth + 1) + columns(right, depth + 1)
        index = end
    if single:
        found.append(single)
    return found


def _bands(pieces: Sequence[Piece]) -> list[Row]:
    bands: list[Row] = []
    bottom = 0.0
    for piece in sorted(pieces, key=lambda one: (one.box.y0, one.box.x0)):
        # A hair's breadth in common does not make one line of two.
        if bands and piece.box.y0 < bottom - 0.15 * min(piece.size or 10.0, 10.0):
            bands[-1].append(piece)
            bottom = max(bottom, piece.box.y1)
        else:
            bands.append([piece])
            bottom = piece.box.y1
    return [sorted(band, key=lambda one: (one.box.x0, one.box.y0)) for band in bands]


def _run(bands: list[Row], start: int) -> tuple[int, tuple[float, float]] | None:
    """Return where the run of bands ends that have a gutter in common with the one at `start`, and it."""
    em = median(piece.size for band in bands for piece in band if piece.size) if _has_text(bands) else 10.0
    gaps = _gaps(bands[start], _GUTTER * em, inner=True)
    end = start + 1
    while gaps and end < len(bands):
        shared = _shared(gaps, _gaps(bands[end], _GUTTER * em, inner=False), _GUTTER * em)
        if not shared:
            break
        gaps = shared
        end += 1
    inside = [piece for band in bands[start:end] for piece in band]
    fit = [gap for gap in gaps if _parts_columns(inside, gap, em)]
    if not fit:
        return None
    gutter = max(fit, key=lambda gap: gap[1] - gap[0])
    # What stands below on one side only belongs to the run only if it is near: see `_belongs`.
    while end > start + 1 and not _has_both(bands[end - 1], gutter):
        end -= 1
    return end, gutter


def _has_text(bands: list[Row]) -> bool:
    return any(piece.size for band in bands for piece in band)


def _gaps(band: Row, least: float, inner: bool) -> list[tuple[float, float]]:
    """Return the empty intervals of a band; unless `inner`, those beside it too."""
    gaps: list[tuple[float, float]] = []
    end = band[0].box.x0 if inner else float("-inf")
    for piece in band:
        if piece.box.x0 - end >= least:
            gaps.append((end, piece.box.x0))
        end = max(end, piece.box.x1)
    if not inner:
        gaps.append((end, float("inf")))
    return gaps


def _shared(
    some: list[tuple[float, float]], others: list[tuple[float, float]], least: float
) -> list[tuple[float, float]]:
    cut = [(max(a[0], b[0]), min(a[1], b[1])) for a in some for b in others]
    return [gap for gap in cut if gap[1] - gap[0] >= least]


def _parts_columns(pieces: list[Piece], gutter: tuple[float, float], em: float) -> bool:
    sides = (
        [piece for piece in pieces if piece.box.x1 <= gutter[0] + 0.01],
        [piece for piece in pieces if piece.box.x0 >= gutter[1] - 0.01],
    )
    if not sides[0] or not sides[1] or len(sides[0]) + len(sides[1]) != len(pieces):
        return False
    whole = union(piece.box for piece in pieces)
    lines = [_lines(side) for side in sides]
    widths = [union(piece.box for piece in side).width for side in sides]
    if min(widths) < max(_MIN_SHARE * whole.width, _MIN_EMS * em):
        return False
    regions = [sum(not piece.size for piece in side) for side in sides]
    if min(len(own) + _MIN_LINES * count for own, count in zip(lines, regions, strict=True)) < _MIN_LINES:
        return False
    if any(regions):
        return True
    if not _on_one_grid(lines[0], lines[1]):
        return True
    fills = [median(line[1] - line[0] for line in own.values()) for own in lines]
    return all(fill >= _FILLED * width for fill, width in zip(fills, widths, strict=True))


def _lines(pieces: list[Piece]) -> dict[int, tuple[float, float]]:
    """Return from where to where the lines of text go, by their baseline."""
    lines: dict[int, tuple[float, float]] = {}
    for piece in pieces:
        if piece.size:
            key = round(piece.baseline)
            old = lines.get(key, (piece.box.x0, piece.box.x1))
            lines[key] = min(old[0], piece.box.x0), max(old[1], piece.box.x1)
    return lines


def _on_one_grid(left: dict[int, tuple[float, float]], right: dict[int, tuple[float, float]]) -> bool:
    few, many = sorted((left, right), key=len)
    shared = sum(any(key + step in many for step in (-1, 0, 1)) for key in few)
    return shared > 0.5 * len(few)


def _has_both(band: Row, gutter: tuple[float, float]) -> bool:
    middle = sum(gutter) / 2
    return any(p.box.x0 < middle for p in band) and any(p.box.x0 >= middle for p in band)


def _belongs(band: Row, neighbour: Row, gutter: tuple[float, float]) -> bool:
    """Tell whether a band lies within one column and as near to its neighbour as the next line does."""
    box, other = union(p.box for p in band), union(p.box for p in neighbour)
    if box.x1 > gutter[0] + 0.01 and box.x0 < gutter[1] - 0.01:
        return False
    size = max((piece.size for piece in band), default=0.0)
    return bool(size) and -overlap(box.y0, box.y1, other.y0, other.y1) <= 0.9 * size
