"""Tables with rules: where lines part cells, a text belongs to the cell that it stands in."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import median

from pipeline.extract.pdf.geometry import Box, union
from pipeline.extract.pdf.glyphs import Span
from pipeline.extract.pdf.objects import THIN, Path
from pipeline.extract.pdf.words import lines_of

#: Points within which two lines are one, and how far a rule may end before the corner.
_SNAP = 3.0
#: Share of the cells that hold text: the fields of a diagram's grid are empty.
_MIN_TEXT = 0.3
_MAX_LINES = 400
#: Points: most rules of a table are longer than the ticks along an axis.
_TICK = 8.0


@dataclass(frozen=True)
class Table:
    """A table: its place, its rows with merged cells repeated (a cell's lines stay lines), and its spans."""

    box: Box
    cells: tuple[tuple[str, ...], ...]
    spans: tuple[Span, ...]


@dataclass(frozen=True)
class _Rule:
    at: float
    start: float
    end: float


def ruled_table(paths: Sequence[Path], spans: Sequence[Span]) -> Table | None:
    """Return the table that rules draw around spans, or None if they draw none.

    Args:
        paths: the paths of one cluster.
        spans: the page's spans.
    """
    level, standing = _rules(paths)
    lengths = [rule.end - rule.start for rule in (*level, *standing)]
    if not lengths or median(lengths) < _TICK:
        return None
    ys, xs = _positions(level), _positions(standing)
    if len(ys) < 2 or len(xs) < 2 or (len(ys) - 1) * (len(xs) - 1) < 2:
        return None
    if len(ys) > _MAX_LINES or len(xs) > _MAX_LINES:
        return None
    box = Box(xs[0], ys[0], xs[-1], ys[-1])
    inside = [span for span in spans if box.grown(1.0).holds_centre_of(span.box)]
    merged = _merged(xs, ys, level, standing)
    texts: dict[int, list[Span]] = {}
    for span in inside:
        row, column = _slot(ys, (span.box.y0 + span.box.y1) / 2), _slot(xs, span.box.x0 + 0.5)
        texts.setdefault(merged[row][column], []).append(span)
    fields = {field for row in merged for field in row}
    if len(fields) < 2 or len(texts) < max(2.0, _MIN_TEXT * len(fields)):
        return None
    said = {field: "\n".join(lines_of(own)) for field, own in texts.items()}
    cells = tuple(tuple(said.get(field, "") for field in row) for row in merged)
    return Table(box, tuple(row for row in cells if any(row)), tuple(inside))


def _rules(paths: Sequence[Path]) -> tuple[list[_Rule], list[_Rule]]:
    level: list[_Rule] = []
    standing: list[_Rule] = []
    for path in paths:
        box = path.box
        if not path.plain:
            continue
        if box.height <= THIN:
            level.append(_Rule((box.y0 + box.y1) / 2, box.x0, box.x1))
        elif box.width <= THIN:
            standing.append(_Rule((box.x0 + box.x1) / 2, box.y0, box.y1))
        elif path.stroked:
            level += [_Rule(y, box.x0, box.x1) for y in (box.y0, box.y1)]
            standing += [_Rule(x, box.y0, box.y1) for x in (box.x0, box.x1)]
    return level, standing


def _positions(rules: Sequence[_Rule]) -> list[float]:
    """Return where rules are, those that are nearly at one place as one."""
    groups: list[list[float]] = []
    for at in sorted(rule.at for rule in rules):
        if groups and at - groups[-1][-1] <= _SNAP:
            groups[-1].append(at)
        else:
            groups.append([at])
    return [sum(group) / len(group) for group in groups]


def _merged(xs: list[float], ys: list[float], level: list[_Rule], standing: list[_Rule]) -> list[list[int]]:
    """Return the number of each field of the grid; fields between which no rule stands share one."""
    width = len(xs) - 1
    parents = list(range(width * (len(ys) - 1)))

    def root(one: int) -> int:
        while parents[one] != one:
            parents[one] = parents[parents[one]]
            one = parents[one]
        return one

    upright = _by_position(xs, standing)
    flat = _by_position(ys, level)
    for row, (top, bottom) in enumerate(pairwise(ys)):
        for column, (left, right) in enumerate(pairwise(xs)):
            here = row * width + column
            if column + 1 < width and not _covers(upright[column + 1], (top + bottom) / 2):
                parents[root(here + 1)] = root(here)
            if row + 2 < len(ys) and not _covers(flat[row + 1], (left + right) / 2):
                parents[root(here + width)] = root(here)
    return [[root(row * width + column) for column in range(width)] for row in range(len(ys) - 1)]


def _by_position(positions: list[float], rules: list[_Rule]) -> list[list[_Rule]]:
    found: list[list[_Rule]] = [[] for _ in positions]
    for rule in rules:
        nearest = min(range(len(positions)), key=lambda index: abs(positions[index] - rule.at))
        found[nearest].append(rule)
    return found


def _covers(rules: list[_Rule], at: float) -> bool:
    return any(rule.start - _SNAP <= at <= rule.end + _SNAP for rule in rules)


def _slot(edges: list[float], at: float) -> int:
    for index in range(len(edges) - 2):
        if at < edges[index + 1]:
            return index
    return len(edges) - 2


def open_table(paths: Sequence[Path], spans: Sequence[Span], page: Box) -> list[Table]:
    """Return the tables that have level rules alone: above and below the head and at the end.

    Args:
        paths: the page's paths that are part of nothing else.
        spans: the page's spans that are part of nothing else.
        page: the whole page.
    """
    groups: dict[tuple[int, int], list[float]] = {}
    for path in paths:
        if path.level and path.box.width > 40:
            key = round(path.box.x0 / _SNAP), round(path.box.x1 / _SNAP)
            groups.setdefault(key, []).append(path.box.y0)
    found = []
    for (left, right), tops in groups.items():
        ys = sorted(tops)
        if len(ys) < 3 or ys[-1] - ys[0] > 0.7 * page.height:
            continue
        box = Box(left * _SNAP - _SNAP, ys[0], right * _SNAP + _SNAP, ys[-1])
        inside = [span for span in spans if box.holds_centre_of(span.box)]
        cells = _by_gaps(inside)
        if cells is not None:
            found.append(Table(box, cells, tuple(inside)))
    return found


def _by_gaps(spans: list[Span]) -> tuple[tuple[str, ...], ...] | None:
    """Return spans as rows and columns, where all lines leave the same gaps free, or None."""
    if not spans:
        return None
    em = max(span.size for span in spans)
    columns: list[Box] = []
    for span in sorted(spans, key=lambda one: one.box.x0):
        if columns and span.box.x0 - columns[-1].x1 < 0.6 * em:
            columns[-1] = union((columns[-1], span.box))
        else:
            columns.append(span.box)
    baselines: list[float] = []
    for baseline in sorted(span.baseline for span in spans):
        if not baselines or baseline - baselines[-1] > 0.5 * em:
            baselines.append(baseline)
    if len(columns) < 2 or len(baselines) < 2:
        return None
    rows = []
    for baseline in baselines:
        own = [span for span in spans if -0.1 < span.baseline - baseline <= 0.5 * em]
        rows.append(
            tuple(
                "\n".join(lines_of(s for s in own if column.grown(0.1).holds_centre_of(s.box)))
                for column in columns
            )
        )
    return tuple(rows)
