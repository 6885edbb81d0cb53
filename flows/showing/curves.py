"""A training's curves as one picture, drawn of what its run has written so far."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from typing import Any

from flows.report.curves import Curve, curves
from training.lines import lines_after

#: Steps that are drawn; of more, means of neighbours.
_POINTS = 160
_NAMES = ("loss", "valid_in_doc_auc", "valid_in_doc_auc_dc", "scale", "lr")
_WIDTH, _HEIGHT, _TITLE = 460, 220, 30

#: The report's colours, by themselves: a picture has no style sheet around it.
_STYLE = """
.sheet{fill:#fff}text{font:12px system-ui,sans-serif;fill:#646c6e}
.title{font-size:15px;font-weight:600;fill:#22282b}.note{font-size:11px}.grid{stroke:#e3e0d8}.axis{stroke:#8b9192}.line{fill:none;stroke-width:1.6}
.a{stroke:#1d7a68}.b{stroke:#c4702a}.c{stroke:#33689e}.pale{stroke:#c9d8d4;stroke-width:1}
.dot{stroke:none}.dot.a{fill:#1d7a68}.dot.b{fill:#c4702a}
"""


class Curves:
    """The curves of a run, which it writes while they are drawn.

    Args:
        run: its folder or URL; nothing need be there yet.
    """

    def __init__(self, run: str) -> None:
        self._run = run
        self._lines: list[dict[str, Any]] = []
        self._last = 0  # step

    def picture(self) -> str | None:
        """Return the curves as a data URI of an SVG, or None while there is nothing to draw."""
        new = lines_after(self._run, "progress.jsonl", self._last)
        if new and new[-1]["step"] < self._last:
            # It went on at a checkpoint, and repeats what came after.
            new, self._lines = lines_after(self._run, "progress.jsonl", 0), []
        elif new and new[-1]["step"] == self._last:
            new = []
        self._lines = _thinned([*self._lines, *map(_picked, new)])
        self._last = new[-1]["step"] if new else self._last
        drawn = curves(self._lines) if len(self._lines) > 1 else []
        return data_uri(drawn) if drawn else None


def data_uri(drawn: Sequence[Curve]) -> str:
    """Return charts, two a row, as one picture."""
    rows = (len(drawn) + 1) // 2
    width, height = 2 * _WIDTH, rows * (_HEIGHT + _TITLE)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" '
        f'viewBox="0 0 {width} {height}"><style>{_STYLE}</style>'
        f'<rect class="sheet" width="{width}" height="{height}"/>'
    ]
    for index, curve in enumerate(drawn):
        x, y = (index % 2) * _WIDTH, (index // 2) * (_HEIGHT + _TITLE)
        parts.append(
            f'<text class="title" x="{x + 14}" y="{y + 20}">{curve.title}'
            f'<tspan class="note" dx="8">{curve.note}</tspan></text>'
        )
        chart = str(curve.chart).replace(
            "<svg ", f'<svg x="{x}" y="{y + _TITLE}" width="{_WIDTH}" height="{_HEIGHT}" ', 1
        )
        parts.append(chart)
    text = "".join([*parts, "</svg>"])
    return f"data:image/svg+xml;base64,{base64.b64encode(text.encode()).decode()}"


def _picked(line: dict[str, Any]) -> dict[str, Any]:
    return {"step": line["step"], **{name: line[name] for name in _NAMES if line.get(name) is not None}}


def _thinned(lines: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Join neighbours while there are more than twice as many as are drawn; looks at held-out ones stay."""
    while len(lines) > 2 * _POINTS:
        pairs = [lines[start : start + 2] for start in range(0, len(lines), 2)]
        lines = [_joined(pair) for pair in pairs]
    return lines


def _joined(pair: list[dict[str, Any]]) -> dict[str, Any]:
    if len(pair) == 1:
        return pair[0]
    first, second = pair
    joined = {**first, **second}
    for name in ("loss", "scale", "lr"):
        if name in first and name in second:
            joined[name] = (first[name] + second[name]) / 2
    return joined
