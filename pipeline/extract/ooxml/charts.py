"""Charts as the tables of values that Office keeps within them, and diagrams (SmartArt) as lists."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

from pipeline.extract.builder import Builder, fold
from pipeline.extract.ooxml.names import DGM, A, C
from pipeline.extract.ooxml.package import Part
from pipeline.extract.tables import markdown_table
from pipeline.extract.xml import local_name

_MAX_POINTS = 10_000
_DATE_CODE = re.compile(r"(?:^|[^\w\\])(?:[dD]+|[mM]+|[yY]+)(?:[^\w]|$)")
#: Day 0 of Excel's dates, as all of them after February 1900 count.
_DAY_ZERO = date(1899, 12, 30)


def add_chart(builder: Builder, chart: Part, boilerplate: bool = False) -> None:
    """Add a chart: its title as text, and a table with its categories and each series in a column."""
    title = _text(chart.root.find(f".//{C}chart/{C}title"))
    for rows in _tables(chart.root):
        caption = builder.add("text", title, boilerplate=boilerplate) if title else None
        title = ""
        table = builder.add("table", markdown_table(rows), boilerplate=boilerplate, cells=rows)
        if caption is not None and table is not None:
            builder.bind_figure(caption, [table])


def add_diagram(builder: Builder, data: Part, boilerplate: bool = False) -> None:
    """Add the texts of a diagram's points as list items, in the order in which it keeps them."""
    for point in data.root.iter(f"{DGM}pt"):
        if point.get("type", "node") in {"node", "asst"}:
            builder.add("list_item", _text(point), level=1, boilerplate=boilerplate)


def _tables(root: Any) -> list[list[list[str]]]:
    """Return one table for each group of series that have the same categories."""
    axis = [_text(node.find(f"{C}title")) for node in root.iter(f"{C}catAx", f"{C}dateAx", f"{C}valAx")]
    groups: dict[tuple[str, ...], list[tuple[str, list[str]]]] = {}
    for number, series in enumerate(root.iter(f"{C}ser"), 1):
        values = _points(series, "val") or _points(series, "yVal")
        categories = _points(series, "cat") or _points(series, "xVal")
        if not categories:
            categories = [str(n) for n in range(1, len(values) + 1)]
        name = " ".join(_cached(series.find(f"{C}tx"))) or f"Series {number}"
        groups.setdefault(tuple(categories), []).append((name, values))
        sizes = _points(series, "bubbleSize")
        if sizes:
            groups[tuple(categories)].append((f"{name} (size)", sizes))
    first = axis[0] if axis else ""
    tables = []
    for labels, columns in groups.items():
        rows = [[first, *(name for name, _ in columns)]]
        length = max(len(labels), *(len(values) for _, values in columns))
        rows += [[_at(labels, at), *(_at(values, at) for _, values in columns)] for at in range(length)]
        tables.append(rows)
    return tables


def _at(values: Sequence[str], at: int) -> str:
    return values[at] if at < len(values) else ""


def _points(series: Any, name: str) -> list[str]:
    return _cached(series.find(f"{C}{name}"))


def _cached(node: Any) -> list[str]:
    """Return the values of a cache, at their places; the levels of multi-level categories joined."""
    if node is None:
        return []
    levels = list(node.iter(f"{C}lvl")) or [node]
    found: dict[int, str] = {}
    for level in reversed(levels):
        last = ""
        points = {int(p.get("idx") or 0): fold(p.findtext(f"{C}v") or "") for p in level.iter(f"{C}pt")
                  if (p.get("idx") or "0").isdigit()}  # fmt: skip
        code = next(node.iter(f"{C}formatCode"), None)
        if code is not None and _DATE_CODE.search(code.text or ""):
            points = {at: _as_date(value) for at, value in points.items()}
        top = max([*points, *found, -1]) + 1
        for at in range(min(top, _MAX_POINTS)):
            last = points.get(at, last if len(levels) > 1 else "")
            found[at] = f"{found[at]} {last}".strip() if at in found and level is not levels[-1] else last
    return [found[at] for at in sorted(found)]


def _as_date(value: str) -> str:
    """Return a number of days as a date, as the chart shows it; anything else as it is."""
    days = value.partition(".")[0]
    if not days.isdigit() or len(days) > 6:
        return value
    return (_DAY_ZERO + timedelta(days=int(days))).isoformat()


def _text(node: Any) -> str:
    if node is None:
        return ""
    paragraphs = ["".join(t.text or "" for t in p.iter(f"{A}t")) for p in node.iter(f"{A}p")]
    cached = [] if any(paragraphs) else [t.text or "" for t in node.iter() if local_name(t) == "v"]
    return fold(" ".join(paragraphs or cached))
