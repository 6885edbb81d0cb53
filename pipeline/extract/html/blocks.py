"""Headings, code, quotes, tables, figures and captions."""

from __future__ import annotations

from typing import TYPE_CHECKING

from selectolax.lexbor import LexborNode

from pipeline.extract.html.code import read_code
from pipeline.extract.html.direction import direction_of
from pipeline.extract.html.flags import BLOCK, FIGURE, LEFT_OUT
from pipeline.extract.html.galleries import Figure, ReadCell, figures_of
from pipeline.extract.html.media import drawing, image
from pipeline.extract.html.met import Met
from pipeline.extract.html.pictures import describing_ids
from pipeline.extract.html.tables import Grid, equations, read_grid, spread
from pipeline.extract.html.tags import HEADINGS
from pipeline.extract.tables import markdown_table

if TYPE_CHECKING:
    from pipeline.extract.html.walk import Walker

_INNER_BLOCKS = "p, ul, ol, dl, table, pre, blockquote, figure, section, h1, h2, h3, h4, h5, h6"
#: A longer heading or caption with blocks in it was never closed.
_MAX_TITLE = 400
#: After so many of them in one page each is looked at before it is read.
_MANY_UNCLOSED = 4
#: Without other signs of data, a table with a cell this long arranges the page.
_MAX_CELL = 800


def heading(walker: Walker, met: Met) -> int:
    """A heading, by its tag or by role and `aria-level`."""
    page = walker.page
    level = HEADINGS.get(met.node.tag or "") or _level(met.attributes.get("aria-level"))
    read = _title(walker, met.node)
    if read is None:
        page.unclosed_heading = level
        return met.flags
    _say_direction(walker, read.text)
    page.builder.heading(level, read.text, boilerplate=page.scope.boilerplate)
    _write_pictures(walker, read)
    return LEFT_OUT


def caption(walker: Walker, met: Met) -> int:
    """A caption: of the figure that is open, or else of the picture just before it."""
    page = walker.page
    builder = page.builder
    page.flush()
    read = _title(walker, met.node)
    if read is None:
        return met.flags
    _write_pictures(walker, read)
    _say_direction(walker, read.text)
    if page.scope.figures:
        builder.caption(read.text, boilerplate=page.scope.boilerplate)
        return LEFT_OUT
    before = builder.last_image()
    position = builder.add("text", read.text, boilerplate=page.scope.boilerplate)
    if before is not None and position is not None:
        builder.set_captions([position], before.position)
    return LEFT_OUT


def code(walker: Walker, met: Met) -> int:
    """Program text; pictures set into it follow it."""
    page = walker.page
    read = read_code(met.node)
    page.builder.add("code", read.text, boilerplate=page.scope.boilerplate, code_language=read.language)
    for picture in read.images:
        handler = image if picture.tag == "img" else drawing
        handler(walker, Met(picture, picture.attributes, met.marks, 0))
    return LEFT_OUT


def quote(walker: Walker, met: Met) -> int:
    """A quotation of its own."""
    page = walker.page
    page.scope = page.scope._replace(kind="quote", level=None)
    return met.flags


def article(walker: Walker, met: Met) -> int:
    """Headers within these belong to the content."""
    page = walker.page
    if not page.scope.in_article:
        page.scope = page.scope._replace(in_article=True)
    return met.flags


def button(walker: Walker, met: Met) -> int:
    """What a button says is none of the document's text."""
    page = walker.page
    page.scope = page.scope._replace(boilerplate=True)
    return met.flags


def figure(walker: Walker, met: Met) -> int:
    """Pictures and captions that belong together, until the node is left."""
    page = walker.page
    page.flush()
    page.builder.open_figure()
    walker.open_figures.append(describing_ids(met.attributes))
    page.scope = page.scope._replace(figures=page.scope.figures + 1)
    return met.flags | FIGURE | BLOCK


def part(walker: Walker, met: Met) -> int:
    """A part that another reader writes."""
    number = met.attributes.get("n") or ""
    if number.isascii() and number.isdigit() and len(number) < 9 and int(number) < len(walker.embedded):
        walker.page.flush()
        walker.embedded[int(number)](walker.builder)
    return LEFT_OUT


def table(walker: Walker, met: Met) -> int:
    """A table: of data, of figures or of formulas; one that only arranges the page is walked through."""
    grid = read_grid(met.node, met.attributes)
    if grid is None:
        return met.flags
    is_narrow = len(grid.rows) < 2 or grid.columns < 2
    if is_narrow and met.node.css_first("img, svg, picture, math, object") is None:
        return met.flags
    cells = [[walker.capture(cell.node) for cell in row] for row in grid.rows]
    title = walker.capture(grid.caption) if grid.caption is not None else ReadCell("", ())
    if not grid.has_head and _write_set_out(walker, cells, title):
        return LEFT_OUT
    if is_narrow or (not grid.is_data and any(len(cell.text) > _MAX_CELL for row in cells for cell in row)):
        return met.flags
    _write_table(walker, grid, cells, title)
    return LEFT_OUT


def _write_set_out(walker: Walker, cells: list[list[ReadCell]], title: ReadCell) -> bool:
    """Write a table that sets out figures or formulas; say whether it is one."""
    if any(cell.pictures for row in cells for cell in row):
        figures = figures_of(cells, title.text)
        if figures is not None:
            _write_figures(walker, figures)
            return True
    formulas = equations([[cell.text for cell in row] for row in cells])
    if formulas is None:
        return False
    for tex in formulas:
        walker.page.formula(tex, display=True)
    return True


def _write_table(walker: Walker, grid: Grid, cells: list[list[ReadCell]], title: ReadCell) -> None:
    page = walker.page
    builder = page.builder
    boilerplate = page.scope.boilerplate
    builder.add("text", title.text, boilerplate=boilerplate)
    shown, full = spread(grid, [[cell.text for cell in row] for row in cells])
    has_head = any(cell.header for cell in grid.rows[0])
    builder.add(
        "table",
        markdown_table(shown, header=has_head),
        boilerplate=boilerplate,
        cells=[row for row in full if any(row)],
    )
    for read in (title, *(cell for row in cells for cell in row)):
        _write_pictures(walker, read)


def _write_figures(walker: Walker, figures: list[Figure]) -> None:
    page = walker.page
    for found in figures:
        page.builder.open_figure()
        for picture in found.pictures:
            page.write_picture(picture)
        for text in found.captions:
            page.builder.caption(text, boilerplate=page.scope.boilerplate)
        page.builder.close_figure()


def _title(walker: Walker, node: LexborNode) -> ReadCell | None:
    """What a heading or a caption says; None for one that was never closed and holds half the page."""
    if walker.unclosed > _MANY_UNCLOSED and node.css_first(_INNER_BLOCKS) is not None:
        return None
    read = walker.capture(node)
    if len(read.text) > _MAX_TITLE:
        inner = node.first_child
        while inner is not None:
            if inner.css_first(_INNER_BLOCKS) is not None:
                walker.unclosed += 1
                return None
            inner = inner.next
    return read


def _write_pictures(walker: Walker, read: ReadCell) -> None:
    for picture in read.pictures:
        walker.page.write_picture(picture)


def _say_direction(walker: Walker, text: str) -> None:
    if walker.page.scope.direction == "auto":
        walker.builder.direction = direction_of(text)


def _level(value: str | None) -> int:
    value = (value or "").strip()
    return min(max(int(value), 1), 6) if value.isascii() and value.isdigit() and len(value) < 4 else 2
