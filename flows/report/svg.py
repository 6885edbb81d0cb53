"""Line charts and dot plots as inline SVG; colours and type come from the page's style sheet."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup, escape

_WIDTH, _HEIGHT = 460, 220
_LEFT, _RIGHT, _TOP, _BOTTOM = 52, 12, 14, 34
_ROW, _NAMES = 26, 154
_LETTER = 7.0  # width of a letter of a name, on average a little less
#: A span below it has no logarithm to trust: floats are losing their digits there.
_LEAST_SPAN = 1e-290
_POINTS = 400  # of a line; more are averaged away


@dataclass(frozen=True)
class Series:
    """A line: points in ascending x."""

    name: str
    points: Sequence[tuple[float, float]]
    tone: str = "a"  # a class of the style sheet: a, b, c
    dots: bool = False  # few points that were measured one by one
    line: bool = True  # whether they are joined


@dataclass(frozen=True)
class Dot:
    """A mean and its spread."""

    value: float
    spread: float
    tone: str
    label: str  # shown when pointed at
    interval: tuple[float, float] | None = None  # in place of the spread

    @property
    def ends(self) -> tuple[float, float]:
        """Where the whisker begins and ends."""
        return self.interval or (self.value - self.spread, self.value + self.spread)


@dataclass(frozen=True)
class DotRow:
    """A row of a dot plot."""

    name: str
    dots: Sequence[Dot]


def line_chart(
    series: Sequence[Series], x_label: str, label: str, *, log_x: bool = False, log_y: bool = False
) -> Markup:
    """Return a chart with axes; series without points are left out.

    Args:
        series: lines that share both axes.
        x_label: below the horizontal axis.
        label: what the chart shows, for those who hear the page.
        log_x: a logarithmic horizontal axis; all x are above zero.
        log_y: a logarithmic vertical axis; all y are above zero.
    """
    drawn = [line for line in series if line.points]
    xs = [x for line in drawn for x, _ in line.points] or [1.0, 2.0]
    ys = [y for line in drawn for _, y in line.points] or [1.0, 2.0]
    x_ticks = (log_ticks if log_x else ticks)(min(xs), max(xs))
    y_ticks = (log_ticks if log_y else ticks)(min(ys), max(ys))
    x_span = (min(xs), max(xs))
    across, down = (
        _scale(x_span, _LEFT, _WIDTH - _RIGHT, log_x),
        _scale((y_ticks[0], y_ticks[-1]), _HEIGHT - _BOTTOM, _TOP, log_y),
    )
    parts = [_open(_WIDTH, _HEIGHT, label)]
    for tick in y_ticks:
        y = down.at(tick)
        parts.append(f'<line class="grid" x1="{_LEFT}" x2="{_WIDTH - _RIGHT}" y1="{y}" y2="{y}"/>')
        parts.append(
            f'<text class="tick" x="{_LEFT - 6}" y="{y + 4}" text-anchor="end">{number(tick)}</text>'
        )
    base = _HEIGHT - _BOTTOM
    for tick in x_ticks:
        if x_span[0] <= tick <= x_span[1]:
            x = across.at(tick)
            parts.append(f'<line class="axis" x1="{x}" x2="{x}" y1="{base}" y2="{base + 4}"/>')
            parts.append(
                f'<text class="tick" x="{x}" y="{base + 16}" text-anchor="middle">{number(tick)}</text>'
            )
    parts.append(f'<line class="axis" x1="{_LEFT}" x2="{_WIDTH - _RIGHT}" y1="{base}" y2="{base}"/>')
    parts.append(
        f'<text class="tick" x="{_WIDTH - _RIGHT}" y="{_HEIGHT - 4}" text-anchor="end">'
        f"{escape(x_label)}</text>"
    )
    for line in drawn:
        spots = [(across.at(x), down.at(y)) for x, y in thinned(line.points)]
        path = " ".join(f"{x},{y}" for x, y in spots)
        if line.line:
            parts.append(f'<polyline class="line {line.tone}" points="{path}"/>')
        if line.dots:
            parts += [f'<circle class="dot {line.tone}" cx="{x}" cy="{y}" r="3"/>' for x, y in spots]
    return Markup("".join([*parts, "</svg>"]))  # noqa: S704 (numbers, and labels that were escaped)


def dot_plot(rows: Sequence[DotRow], marks: Sequence[tuple[float, str]], label: str) -> Markup:
    """Return a plot with a row a name, dots with whiskers, and vertical reference lines.

    Args:
        rows: from top to bottom.
        marks: values to draw a line at, with their names.
        label: what the plot shows, for those who hear the page.
    """
    values = [end for row in rows for dot in row.dots for end in dot.ends]
    values += [value for value, _ in marks]
    width, height = _WIDTH, _TOP + 8 + _ROW * len(rows) + _BOTTOM
    x_ticks = ticks(min(values, default=0), max(values, default=1))
    names = max(_NAMES, 14 + math.ceil(_LETTER * max((len(row.name) for row in rows), default=0)))
    across = _scale((x_ticks[0], x_ticks[-1]), names, width - _RIGHT)
    base = height - _BOTTOM
    parts = [_open(width, height, label)]
    for tick in x_ticks:
        x = across.at(tick)
        parts.append(f'<line class="grid" x1="{x}" x2="{x}" y1="{_TOP}" y2="{base}"/>')
        parts.append(f'<text class="tick" x="{x}" y="{base + 16}" text-anchor="middle">{number(tick)}</text>')
    for value, name in marks:
        x = across.at(value)
        parts.append(f'<line class="mark" x1="{x}" x2="{x}" y1="{_TOP}" y2="{base}"/>')
        parts.append(f'<text class="tick" x="{x}" y="{base + 30}" text-anchor="middle">{escape(name)}</text>')
    for index, row in enumerate(rows):
        y = _TOP + 8 + _ROW * index + _ROW // 2
        parts.append(
            f'<text class="name" x="{names - 14}" y="{y + 4}" text-anchor="end">{escape(row.name)}</text>'
        )
        for offset, dot in enumerate(row.dots):
            at = y + 5 * (offset - (len(row.dots) - 1) / 2)
            low, high = (across.at(end) for end in dot.ends)
            parts.append(
                f'<g class="{dot.tone}"><title>{escape(dot.label)}</title>'
                f'<line class="whisker" x1="{low}" x2="{high}" y1="{at}" y2="{at}"/>'
                f'<circle class="dot {dot.tone}" cx="{across.at(dot.value)}" cy="{at}" r="4.5"/></g>'
            )
    return Markup("".join([*parts, "</svg>"]))  # noqa: S704 (numbers, and labels that were escaped)


def ticks(low: float, high: float, about: int = 5) -> list[float]:
    """Return round values that hold `low` and `high` between the first and the last of them."""
    if not high - low > _LEAST_SPAN:
        margin = max(abs(low), abs(high)) * 0.1
        margin = margin if margin > _LEAST_SPAN else 1.0
        low, high = low - margin, high + margin
    rough = (high - low) / about
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(power * factor for factor in (1, 2, 2.5, 5, 10) if power * factor >= rough * 0.999)
    first, last = math.floor(low / step + 1e-9), math.ceil(high / step - 1e-9)
    return [index * step for index in range(first, last + 1)]


def log_ticks(low: float, high: float) -> list[float]:
    """Return round values that hold `low` and `high`, above zero: powers of ten, or 1, 2 and 5 times them."""
    first, last = math.floor(math.log10(low) + 1e-9), math.ceil(math.log10(high) - 1e-9)
    if last - first > 2:
        return [10.0**power for power in range(first, last + 1)]
    fine = [factor * 10.0**power for power in range(first, last + 1) for factor in (1, 2, 5)]
    begin = max(at for at, value in enumerate(fine) if value <= low * (1 + 1e-9))
    end = next(at for at, value in enumerate(fine) if value >= high * (1 - 1e-9))
    return fine[begin : max(end, begin + 1) + 1]


def thinned(points: Sequence[tuple[float, float]], most: int = _POINTS) -> list[tuple[float, float]]:
    """Return at most about `most` points: means of neighbours."""
    size = math.ceil(len(points) / most)
    if size <= 1:
        return list(points)
    runs = [points[start : start + size] for start in range(0, len(points), size)]
    return [(sum(x for x, _ in run) / len(run), sum(y for _, y in run) / len(run)) for run in runs]


def number(value: float) -> str:
    """Return a short number for an axis."""
    if value and abs(value) < 1e-3:
        return f"{value:.0e}".replace("e-0", "e-")
    return f"{value:.6g}"


@dataclass(frozen=True)
class _Scale:
    low: float
    high: float
    start: float
    end: float
    logarithmic: bool

    def at(self, value: float) -> float:
        value = math.log(value) if self.logarithmic else value
        return round(self.start + (value - self.low) / (self.high - self.low) * (self.end - self.start), 1)


def _scale(span: tuple[float, float], start: float, end: float, logarithmic: bool = False) -> _Scale:
    low, high = (math.log(value) if logarithmic else value for value in span)
    return _Scale(low, high if high > low else low + 1.0, start, end, logarithmic)


def _open(width: int, height: int, label: str) -> str:
    return f'<svg class="chart" viewBox="0 0 {width} {height}" role="img" aria-label="{escape(label)}">'
