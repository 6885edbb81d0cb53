"""What on a page is not running text: pictures, drawings and tables, and the spans that are part of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from pipeline.extract.pdf.clusters import clusters
from pipeline.extract.pdf.geometry import Box, union
from pipeline.extract.pdf.glyphs import Span
from pipeline.extract.pdf.objects import PageObjects, Path, Raster
from pipeline.extract.pdf.ruled import Table, open_table, ruled_table
from pipeline.extract.pdf.words import CAPTION, lines_of

#: Points: smaller ones are bullets, rules or spacers made of pixels.
_MIN_RASTER = 4.0
#: Points: what is smaller is an ornament.
_MIN_DRAWING = 24.0
#: A picture that covers more of the page than this, with text on it, is its background.
BACKGROUND = 0.55
#: A frame around more words than this holds text.
_FRAMED_WORDS = 25
_MAX_LABEL = 40
#: An image with fewer lines around it has a frame.
_TICKS = 8
_MAX_ALT = 1000


@dataclass
class Picture:
    """A picture: one embedded image as it is, or what is drawn in its box."""

    box: Box
    raster: Raster | None
    scale: float = 0.0  # pixels to a point that it has at least
    spans: list[Span] = field(default_factory=list)
    background: bool = False

    @property
    def words(self) -> str | None:
        """What stands in a drawing."""
        return " ".join(lines_of(self.spans))[:_MAX_ALT] or None


@dataclass(frozen=True)
class Regions:
    """The regions of a page, and the spans that are running text."""

    pictures: list[Picture]
    tables: list[Table]
    running: list[Span]


def find_regions(objects: PageObjects, spans: Sequence[Span], page: Box) -> Regions:
    """Sort out what on a page is a picture, a table or running text."""
    rasters = [one for one in objects.rasters if min(one.box.width, one.box.height) >= _MIN_RASTER]
    backgrounds = [one for one in rasters if _is_background(one.box, spans, page)]
    pictures = [Picture(one.box, one, background=True) for one in backgrounds]
    kept = [one for one in rasters if one not in backgrounds]
    paths = [path for path in objects.paths if not _is_ground(path, page)]
    tables: list[Table] = []
    loose: list[Path] = []
    running = list(spans)
    for cluster in clusters(paths, [raster.box for raster in kept], page):
        own = [kept[index] for index in cluster.rasters]
        drawn = [paths[index] for index in cluster.paths]
        if not drawn:
            pictures += _rasters(own)
            continue
        curved = sum(not path.plain for path in drawn)
        table = ruled_table(drawn, running) if curved <= 0.1 * len(drawn) else None
        if table is not None:
            pictures += _rasters(own)
            tables.append(table)
            running = _without(running, table.spans)
            continue
        drawn, rules = _without_rules(drawn)
        loose += rules
        marks = [path for path in drawn if not path.plain]
        box = union([*(path.box for path in drawn), *(raster.box for raster in own)])
        # An image with a frame is an image; one with ticks along its sides is a plot.
        framed = bool(own) and len(marks) < 2
        if (framed and len(drawn) >= _TICKS) or (not framed and _is_drawing(drawn, marks, box, running)):
            picture = _drawing(box, drawn, own, objects, running)
            pictures.append(picture)
            running = _without(running, picture.spans)
        else:
            pictures += _rasters(own)
            loose += drawn
    for picture in pictures:
        if picture.raster is not None and not picture.background:
            picture.spans = [span for span in running if picture.box.holds_centre_of(span.box)]
            running = _without(running, picture.spans)
    for table in open_table(loose, running, page):
        tables.append(table)
        running = _without(running, table.spans)
    return Regions(pictures, tables, running)


def _without_rules(drawn: list[Path]) -> tuple[list[Path], list[Path]]:
    """Return a cluster's paths without the rules that pass by, longer than the rest, and those."""
    bodies = [path.box for path in drawn if not (path.level or path.standing)]
    if not bodies:
        return drawn, []
    rest = union(bodies)
    passing = [
        path
        for path in drawn
        if (path.level and path.box.width > 1.5 * rest.width)
        or (path.standing and path.box.height > 1.5 * rest.height)
    ]
    names = {id(path) for path in passing}
    return [path for path in drawn if id(path) not in names], passing


def _without(spans: Sequence[Span], gone: Sequence[Span]) -> list[Span]:
    names = {id(span) for span in gone}
    return [span for span in spans if id(span) not in names]


def _is_background(box: Box, spans: Sequence[Span], page: Box) -> bool:
    return box.area > BACKGROUND * page.area and any(box.holds_centre_of(span.box) for span in spans)


def _is_ground(path: Path, page: Box) -> bool:
    """Tell whether a path is the paper: a plain fill of nearly the whole page, or a large white one."""
    large = path.box.area > (0.3 if path.white else BACKGROUND) * page.area
    return path.plain and path.filled and large and path.form is None


def _rasters(rasters: Sequence[Raster]) -> list[Picture]:
    """Return images as pictures; strips of one image that was cut, and images one over the other, as one."""
    pictures: list[Picture] = []
    groups: list[list[Raster]] = []
    for raster in rasters:
        joined = [group for group in groups if any(_are_one(raster.box, other.box) for other in group)]
        merged = [one for group in joined for one in group] + [raster]
        groups = [group for group in groups if group not in joined] + [merged]
    for group in groups:
        box = union(raster.box for raster in group)
        pictures.append(Picture(box, group[0]) if len(group) == 1 else Picture(box, None))
    return pictures


def _are_one(box: Box, other: Box) -> bool:
    if box.share_within(other) > 0.5 or other.share_within(box) > 0.5:
        return True
    if not box.grown(0.6).touches(other):
        return False
    flat = max(box.height, other.height) < 0.25 * box.width
    narrow = max(box.width, other.width) < 0.25 * box.height
    below = flat and abs(box.x0 - other.x0) < 1 and abs(box.x1 - other.x1) < 1
    beside = narrow and abs(box.y0 - other.y0) < 1 and abs(box.y1 - other.y1) < 1
    return below or beside


def _is_drawing(drawn: Sequence[Path], marks: Sequence[Path], box: Box, spans: Sequence[Span]) -> bool:
    if min(box.width, box.height) < _MIN_DRAWING:
        return False
    words = sum(len(span.text.split()) for span in spans if box.holds_centre_of(span.box))
    if words and all(_is_frame(path.box, box) for path in drawn):
        return False
    if len(marks) <= 4 and words > _FRAMED_WORDS and len(drawn) < 12:
        return False
    bodies = sum(not (path.level or path.standing) for path in drawn)
    if any(path.form is not None for path in drawn) and len(drawn) >= 2:
        return True
    return len(marks) >= 2 or (bodies >= 5 and words < 2 * len(drawn)) or (bodies >= 1 and len(drawn) >= 12)


def _is_frame(path: Box, box: Box) -> bool:
    """Tell whether a path is only the edge, the corner or the ground of what stands in `box`."""
    near = 8.0
    if path.width > 0.9 * box.width:
        return True
    beside = path.x1 - box.x0 < near or box.x1 - path.x0 < near
    return beside or path.y1 - box.y0 < near or box.y1 - path.y0 < near


def _drawing(
    box: Box, drawn: Sequence[Path], rasters: Sequence[Raster], objects: PageObjects, spans: Sequence[Span]
) -> Picture:
    for number in sorted({path.form for path in drawn if path.form is not None}):
        box = union((box, objects.forms[number]))
    inside = [span for span in spans if box.grown(2.0).holds_centre_of(span.box)]
    inside = [span for span in inside if not CAPTION.match(span.text)]
    wide = _wide_baselines(spans, box)
    # Numbers along an axis, then what the axis is called.
    for _ in range(2):
        taken = {id(span) for span in inside}
        reach = union([box, *(span.box for span in inside)])
        inside += [
            span
            for span in spans
            if id(span) not in taken and round(span.baseline) not in wide and _is_label(span, reach)
        ]
    whole = union([box, *(span.box for span in inside)])
    # An image within a drawing keeps its own pixels.
    scale = max((_pixels_to_a_point(raster) for raster in rasters), default=0.0)
    return Picture(whole, None, scale, inside)


def _wide_baselines(spans: Sequence[Span], box: Box) -> set[int]:
    """Return the baselines of running text: those of lines that are longer than labels."""
    lengths: dict[int, int] = {}
    for span in spans:
        if span.upright and not box.holds_centre_of(span.box):
            key = round(span.baseline)
            lengths[key] = lengths.get(key, 0) + len(span.text)
    return {key for key, length in lengths.items() if length > 1.5 * _MAX_LABEL}


def _is_label(span: Span, box: Box) -> bool:
    if len(span.text) > _MAX_LABEL or CAPTION.match(span.text) or span.text.rstrip()[-1:] in ".:;,":
        return False
    if not span.upright:
        return box.grown(1.5 * span.box.width).touches(span.box)
    near = box.grown(0.7 * span.size).touches(span.box)
    return near and span.box.x0 >= box.x0 - 4 * span.size and span.box.x1 <= box.x1 + 4 * span.size


def _pixels_to_a_point(raster: Raster) -> float:
    import ctypes  # noqa: PLC0415 - beside the library that it serves

    import pypdfium2.raw as pdfium  # noqa: PLC0415 - loads a library that only this reader needs

    width, height = ctypes.c_uint(), ctypes.c_uint()
    pdfium.FPDFImageObj_GetImagePixelSize(raster.handle, width, height)
    return width.value / max(raster.box.width, 1.0)
