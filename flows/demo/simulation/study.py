"""What a solved case has to show: fields, curves, and the facts that words can quote."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from flows.demo.simulation.shapes import Shape

Floats = NDArray[np.float64]
Kind = Literal["plate", "cantilever", "heat", "modes"]


@dataclass(frozen=True)
class Mark:
    """Something that acts on one side of the shape, as a sketch shows it."""

    side: str
    how: Literal["fixed", "roller", "traction", "temperature", "flux", "film"]
    label: str
    direction: tuple[float, float] = (0.0, 0.0)


@dataclass(frozen=True)
class Curve:
    """One line of a chart."""

    x: Floats
    y: Floats
    label: str


@dataclass(frozen=True)
class Chart:
    """Lines or bars with what their axes say."""

    curves: tuple[Curve, ...]
    x_label: str
    y_label: str
    names: tuple[str, ...] = ()  # of bars; empty for lines


@dataclass(frozen=True)
class Study:
    """One solved case."""

    kind: Kind
    name: str
    shape: Shape
    unit: str  # of lengths
    mesh: Any
    marks: tuple[Mark, ...]
    fields: Mapping[str, Floats]  # at the mesh's points: [P], vectors [2, P], modes [K, P]
    charts: Mapping[str, Chart]  # profile, convergence, residual, cases
    facts: Mapping[str, str]  # numbers with their units, ready to be quoted
    table: tuple[tuple[str, str], ...]  # rows of the result table


def charted(
    wanted: frozenset[str], makers: Mapping[str, Callable[[], tuple[Chart, dict[str, str]]]]
) -> tuple[dict[str, Chart], dict[str, str]]:
    """Make those charts that are wanted, and gather what they found out."""
    charts: dict[str, Chart] = {}
    facts: dict[str, str] = {}
    for name, make in makers.items():
        if name in wanted:
            charts[name], more = make()
            facts |= more
    return charts, facts


def sampled(mesh: Any, values: Floats, x: Floats, y: Floats) -> Floats:
    """Return nodal `values` [P] interpolated at points `x`, `y` [S]; NaN outside of the mesh."""
    from matplotlib import tri  # noqa: PLC0415

    interpolator: Any = tri.LinearTriInterpolator  # untyped in matplotlib
    inside = interpolator(tri.Triangulation(*mesh.p, mesh.t.T), values)(x, y)
    return np.asarray(inside.filled(np.nan), dtype=np.float64)


def quality(mesh: Any) -> Floats:
    """Return for each triangle its shape quality: 1 is equilateral, 0 is flat."""
    corners = mesh.p[:, mesh.t]  # [2, 3, T]
    sides = corners - np.roll(corners, 1, axis=1)
    area = 0.5 * np.abs(sides[0, 0] * sides[1, 1] - sides[1, 0] * sides[0, 1])
    return 4 * np.sqrt(3) * area / (sides**2).sum(axis=(0, 1))


def mesh_facts(mesh: Any, unknowns: int, unit: str) -> dict[str, str]:
    """Return what can be said about a mesh."""
    q = quality(mesh)
    edges = mesh.p[:, mesh.facets]
    length = np.linalg.norm(edges[:, 0] - edges[:, 1], axis=0)
    return {
        "elements": f"{mesh.t.shape[1]:,}",
        "nodes": f"{mesh.p.shape[1]:,}",
        "unknowns": f"{unknowns:,}",
        "smallest_edge": f"{length.min():.3g} {unit}",
        "largest_edge": f"{length.max():.3g} {unit}",
        "mean_quality": f"{q.mean():.2f}",
        "worst_quality": f"{q.min():.2f}",
        "poor_share": f"{100 * float((q < 0.5).mean()):.1f} %",
        "median_quality": f"{np.median(q):.2f}",
    }
