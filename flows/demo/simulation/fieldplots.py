"""Figures drawn over the mesh: triangles, contours, deformed shapes, arrows, modes."""

from __future__ import annotations

from typing import Any

import numpy as np

from flows.demo.simulation.canvas import Style
from flows.demo.simulation.study import Floats, Study

VIEWER = "#525970"


def _axes(figure: Any, style: Style, study: Study, title: str, bar: bool) -> Any:
    """Axes of equal scale in the style's frame."""
    right = 0.80 if bar else 0.95
    if style.frame == "axes":
        ax = figure.add_axes((0.14, 0.14, right - 0.16, 0.74))
        ax.set_xlabel(f"x in {study.unit}")
        ax.set_ylabel(f"y in {study.unit}")
        ax.tick_params(labelsize=7)
    else:
        ax = figure.add_axes((0.03, 0.05, right - 0.05, 0.84))
        ax.set_axis_off()
        if style.frame == "viewer":
            figure.set_facecolor(VIEWER)
    ax.set_aspect("equal", adjustable="box")
    if style.titles:
        ax.set_title(title, color=_ink(style))
    return ax


def _ink(style: Style) -> str:
    return "white" if style.frame == "viewer" else "black"


def _bar(figure: Any, drawn: Any, style: Style, label: str) -> None:
    cax = figure.add_axes((0.84, 0.16, 0.03, 0.68))
    bar = figure.colorbar(drawn, cax=cax, format="%.3g")
    bar.ax.tick_params(labelsize=7, colors=_ink(style))
    bar.ax.set_title(label, color=_ink(style), fontsize=7)


def _contour(
    ax: Any, study: Study, values: Floats, cmap: str, style: Style, *, points: Floats | None = None
) -> Any:
    """Draw `values` [P] in colours; `points` [2, P] stand in for the mesh's own."""
    points = study.mesh.p if points is None else points
    triangles = study.mesh.t.T
    if style.levels:
        low, high = float(values.min()), float(values.max())
        levels = np.linspace(low, high + 1e-9 * (abs(high) + 1), style.levels + 1)
        return ax.tricontourf(points[0], points[1], triangles, values, levels=levels, cmap=cmap)
    return ax.tripcolor(points[0], points[1], triangles, values, cmap=cmap, shading="gouraud")


def outline(
    ax: Any, study: Study, points: Floats, colour: str, width: float = 0.8, *, dash: str = "-"
) -> None:
    """Draw the boundary's facets; `points` [2, P] stand where the mesh's points are or were moved to."""
    from matplotlib.collections import LineCollection  # noqa: PLC0415

    ends = points[:, study.mesh.facets[:, study.mesh.boundary_facets()]]
    ax.add_collection(
        LineCollection(list(ends.transpose(2, 1, 0)), colors=colour, linewidths=width, linestyles=dash)
    )


def mesh(figure: Any, study: Study, style: Style) -> None:
    """Draw the triangles' edges."""
    ax = _axes(figure, style, study, "Finite element mesh", bar=False)
    fill = {"axes": "white", "clean": "#dfe6ee", "viewer": "#c9cfdc"}[style.frame]
    p, t = study.mesh.p, study.mesh.t.T
    ax.tripcolor(p[0], p[1], t, np.zeros(len(t)), cmap=single_colour(fill), shading="flat", edgecolors="none")
    ax.triplot(p[0], p[1], t, color=style.ink if style.frame == "axes" else "#20242c", linewidth=0.45)


def single_colour(colour: str) -> Any:
    """Return a colour map of one colour."""
    from matplotlib.colors import ListedColormap  # noqa: PLC0415

    return ListedColormap([colour])


def stress(figure: Any, study: Study, style: Style) -> None:
    """Draw the von Mises stress."""
    ax = _axes(figure, style, study, "von Mises stress", bar=True)
    drawn = _contour(ax, study, study.fields["stress"], style.stress, style)
    outline(ax, study, study.mesh.p, "black")
    _bar(figure, drawn, style, "MPa")


def displacement(figure: Any, study: Study, style: Style) -> None:
    """Draw the deformed shape, enlarged, over the undeformed outline."""
    ax = _axes(figure, style, study, "Displacement, enlarged", bar=True)
    u = study.fields["displacement"]
    size = np.linalg.norm(u, axis=0)
    scale = 0.12 * study.shape.width / max(float(size.max()), 1e-12)
    moved = study.mesh.p + scale * u
    drawn = _contour(ax, study, size, style.length, style, points=moved)
    outline(ax, study, study.mesh.p, _ink(style), 0.9, dash="--")
    outline(ax, study, moved, _ink(style), 0.8)
    _bar(figure, drawn, style, "mm")


def principal(figure: Any, study: Study, style: Style) -> None:
    """Draw crosses along the principal directions: tension red, compression blue."""
    from matplotlib.collections import LineCollection  # noqa: PLC0415

    ax = _axes(figure, style, study, "Principal stresses", bar=False)
    where = _thinned(study, 240)
    xx, yy, xy = study.fields["principal"][:, where]
    middle, radius = (xx + yy) / 2, np.sqrt(((xx - yy) / 2) ** 2 + xy**2)
    angle = 0.5 * np.arctan2(2 * xy, xx - yy)
    centre = study.mesh.p[:, where]
    largest = float(np.abs(np.stack([middle + radius, middle - radius])).max())
    for value, turn in ((middle + radius, 0.0), (middle - radius, np.pi / 2)):
        half = 0.05 * study.shape.width * np.abs(value) / largest
        step = half * np.stack([np.cos(angle + turn), np.sin(angle + turn)])
        lines = np.stack([centre - step, centre + step]).transpose(2, 0, 1)
        red, blue = ("#ff8a7a", "#9cc8ff") if style.frame == "viewer" else ("#e0342b", "#3b6fe0")
        colours = np.where(value >= 0, red, blue)
        ax.add_collection(LineCollection(list(lines), colors=colours.tolist(), linewidths=1.1))
    outline(ax, study, study.mesh.p, _ink(style))
    ax.autoscale_view()


def temperature(figure: Any, study: Study, style: Style) -> None:
    """Draw the temperature with isotherms."""
    ax = _axes(figure, style, study, "Temperature", bar=True)
    t = study.fields["temperature"]
    drawn = _contour(ax, study, t, style.heat, style)
    ax.tricontour(*study.mesh.p, study.mesh.t.T, t, levels=8, colors="white", linewidths=0.5)
    outline(ax, study, study.mesh.p, _ink(style))
    _bar(figure, drawn, style, "°C")


def flux(figure: Any, study: Study, style: Style) -> None:
    """Draw arrows of the heat flux."""
    ax = _axes(figure, style, study, "Heat flux", bar=False)
    where = _thinned(study, 150)
    p, q = study.mesh.p, study.fields["flux"][:, where]
    size = np.linalg.norm(q, axis=0)
    longest = 1.7 * np.sqrt(np.prod(p.max(axis=1) - p.min(axis=1)) / 150)
    way = q * longest / size.max()
    ax.quiver(
        *p[:, where],
        *way,
        size,
        cmap=style.heat,
        angles="xy",
        scale_units="xy",
        scale=1,
        width=0.007,
        pivot="mid",
    )
    outline(ax, study, study.mesh.p, _ink(style), 1.0)
    ax.autoscale_view()


def _thinned(study: Study, number: int) -> Any:
    """Indices of about `number` points that stand evenly: one of each cell of a grid."""
    p = study.mesh.p
    cell = np.sqrt(np.prod(p.max(axis=1) - p.min(axis=1)) / number)
    keys = np.floor((p - p.min(axis=1, keepdims=True)) / cell).astype(np.int64)
    return np.unique(keys[0] * 10_000 + keys[1], return_index=True)[1]


def mode(figure: Any, study: Study, style: Style) -> None:
    """Draw one mode with its nodal lines."""
    ax = _axes(figure, style, study, f"Mode at {study.facts['chosen_frequency']}", bar=True)
    w = study.fields["mode"]
    drawn = ax.tripcolor(*study.mesh.p, study.mesh.t.T, w, cmap="RdBu_r", shading="gouraud", vmin=-1, vmax=1)
    ax.tricontour(
        *study.mesh.p, study.mesh.t.T, w, levels=[0.0], colors="black", linewidths=0.9, linestyles="--"
    )
    outline(ax, study, study.mesh.p, _ink(style))
    _bar(figure, drawn, style, "w / w_max")


def gallery(figure: Any, study: Study, style: Style) -> None:
    """Draw all modes, small."""
    if style.frame == "viewer":
        figure.set_facecolor(VIEWER)
    for k, w in enumerate(study.fields["gallery"]):
        ax = figure.add_axes((0.02 + 0.325 * (k % 3), 0.51 - 0.48 * (k // 3), 0.31, 0.42))
        ax.tripcolor(*study.mesh.p, study.mesh.t.T, w, cmap="RdBu_r", shading="gouraud", vmin=-1, vmax=1)
        outline(ax, study, study.mesh.p, _ink(style), 0.6)
        ax.set_aspect("equal")
        ax.set_axis_off()
        ax.set_title(f"mode {k + 1}", fontsize=7, color=_ink(style), pad=2)
