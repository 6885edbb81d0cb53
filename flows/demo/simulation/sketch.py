"""The sketch of a model: outline, supports, loads and main dimensions."""

from __future__ import annotations

from typing import Any

import numpy as np

from flows.demo.simulation.canvas import Style
from flows.demo.simulation.fieldplots import outline, single_colour
from flows.demo.simulation.study import Floats, Mark, Study

_COLOURS = {"traction": "#c8202a", "flux": "#d2691e", "film": "#2a6fb0"}


def geometry(figure: Any, study: Study, style: Style) -> None:
    """Draw the outline with supports, loads and the main dimensions, as a drawing office does."""
    ax = figure.add_axes((0.04, 0.05, 0.92, 0.86))
    ax.set_aspect("equal")
    ax.set_axis_off()
    p, t = study.mesh.p, study.mesh.t.T
    if style.frame != "axes":
        fill = single_colour("#e6e8ea")
        ax.tripcolor(p[0], p[1], t, np.zeros(len(t)), cmap=fill, shading="flat", edgecolors="none")
    outline(ax, study, p, "black", 1.4)
    for mark in study.marks:
        _act(ax, study, mark)
        _label(ax, study, mark)
    _dimensions(ax, study)
    if style.titles:
        ax.set_title("Model and boundary conditions")


def _dimensions(ax: Any, study: Study) -> None:
    low, high = study.mesh.p.min(axis=1), study.mesh.p.max(axis=1)
    span = float(high[0] - low[0])
    middle = (low + high) / 2
    factor = 1000.0 if study.unit == "m" else 1.0  # a drawing's dimensions are millimetres
    arrow = {"arrowstyle": "<->", "lw": 0.7, "color": "#444444"}
    base, side = low[1] - 0.16 * span, low[0] - 0.16 * span
    ax.annotate("", (low[0], base), (high[0], base), arrowprops=arrow)
    ax.text(middle[0], base - 0.015 * span, f"{factor * span:.0f}", ha="center", va="top")
    ax.annotate("", (side, low[1]), (side, high[1]), arrowprops=arrow)
    ax.text(side - 0.015 * span, middle[1], f"{factor * (high[1] - low[1]):.0f}", ha="right", va="center")
    shape = study.shape
    if shape.inner_x:
        sign = "Ø" if shape.inner_x == shape.inner_y else ""
        ax.text(shape.offset, 0, f"{sign}{2 * factor * shape.inner_x:.0f}", ha="center", va="center")
    ax.set_xlim(low[0] - 0.3 * span, high[0] + 0.3 * span)
    ax.set_ylim(low[1] - 0.27 * span, high[1] + 0.22 * span)


def _act(ax: Any, study: Study, mark: Mark) -> None:
    """Draw hatches or arrows along one side."""
    middle, normal = _side(study, mark.side)
    span = study.shape.width
    colour = _COLOURS.get(mark.how, "black")
    if mark.how == "fixed":
        fine = slice(None, None, max(1, middle.shape[1] // 16))
        at, out = middle[:, fine], normal[:, fine]
        ends = at + 0.045 * span * np.stack([out[0] - 0.7 * out[1], out[1] + 0.7 * out[0]])
        ax.plot(np.stack([at[0], ends[0]]), np.stack([at[1], ends[1]]), color=colour, lw=0.8)
        return
    length = np.ptp(middle, axis=1).max() / span
    every = slice(None, None, max(1, middle.shape[1] // int(np.clip(9 * length, 3, 9))))
    at, out = middle[:, every], normal[:, every]
    if mark.how == "film":
        start, way = at, 0.06 * span * out
    elif mark.how == "flux":
        start, way = at + 0.11 * span * out, -0.11 * span * out
    else:
        way = 0.11 * span * np.tile(np.array(mark.direction)[:, None], at.shape[1])
        pulling = (way * out).sum(axis=0)
        start = at if pulling.sum() > 0.5 * np.abs(way).sum() else at - way
        if np.abs(pulling).sum() < 0.1 * np.abs(way).sum():  # along the side: one arrow beside it
            beside = middle.mean(axis=1, keepdims=True) + 0.035 * span * out[:, :1]
            way = 1.6 * way[:, :1]
            start = beside - way / 2
    ax.quiver(*start, *way, color=colour, angles="xy", scale_units="xy", scale=1, width=0.006)


def _side(study: Study, side: str) -> tuple[Floats, Floats]:
    """Midpoints and outward normals [2, F] of a side's facets, in order along it."""
    facets = study.mesh.boundaries[side]
    ends = study.mesh.p[:, study.mesh.facets[:, facets]]
    middle = ends.mean(axis=1)
    along = ends[:, 1] - ends[:, 0]
    normal = np.stack([along[1], -along[0]]) / np.linalg.norm(along, axis=0)
    inside = study.mesh.p[:, study.mesh.t[:, study.mesh.f2t[0, facets]]].mean(axis=1)
    normal *= np.sign(((middle - inside) * normal).sum(axis=0))
    closed = side in {"hole", "rim"}
    turn = np.arctan2(*(middle - middle.mean(axis=1, keepdims=True))[::-1])
    order = np.argsort(turn) if closed else np.lexsort((middle[1].round(9), middle[0].round(9)))
    return middle[:, order], normal[:, order]


def _label(ax: Any, study: Study, mark: Mark) -> None:
    p, span = study.mesh.p, study.shape.width
    low, high = p[0].min(), p[0].max()
    x = {"left": low, "hole": low + 0.3 * span, "top": (low + high) / 2}.get(mark.side, high)
    top = p[1].max() + 0.13 * span
    colour = _COLOURS.get(mark.how, "black")
    ax.text(x, top, mark.label, color=colour, ha="center", va="bottom", fontsize=7.5)
