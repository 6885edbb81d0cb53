"""The numbers that the generated cases hold: small finite element solves, and pictures of them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from flows.demo.simulation.elastic import ElasticCase, Material, Solved, solve_system, von_mises
from flows.demo.simulation.iterate import conjugate_gradients
from flows.demo.simulation.shapes import Shape

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Plate:
    """A plate with a hole under tension: mesh, displacement, stress, the solver's residuals."""

    points: Floats  # P x 2, mm
    triangles: NDArray[np.int64]
    displacement: Floats  # P x 2, mm
    stress: Floats  # P x 3: xx, yy, xy in MPa
    mises: Floats  # P, MPa
    residuals: Floats
    right: NDArray[np.int64]


@dataclass(frozen=True)
class Block:
    """Heat conduction in a cube of tetrahedra: nodes, temperature, the solver's residuals."""

    points: Floats
    tetrahedra: NDArray[np.int64]
    temperature: Floats  # degrees Celsius
    residuals: Floats


@cache
def plate() -> Plate:
    shape = Shape("holed", 120.0, 60.0, inner_x=9.0, inner_y=9.0, offset=0.0, free=True, seed=3)
    steel = Material("structural steel S355", 210_000, 0.30, 355)
    solved: Solved = solve_system(ElasticCase("plate", shape, 4.0, steel, 40.0, "tension", 1.0), 0.7)
    mesh = solved.mesh
    inverse = 1.0 / solved.matrix.diagonal()
    return Plate(
        mesh.p.T.copy(),
        mesh.t.T.copy(),
        solved.displacement.T.copy(),
        solved.stress.T.copy(),
        von_mises(solved.stress),
        conjugate_gradients(solved.matrix, solved.load, inverse, 400),
        np.unique(mesh.facets[:, mesh.boundaries["right"]]),
    )


@cache
def block() -> Block:
    from skfem import Basis, ElementTetP1, MeshTet, condense, solve
    from skfem.models.poisson import laplace

    mesh = MeshTet().refined(2)
    basis = Basis(mesh, ElementTetP1())
    matrix = laplace.assemble(basis)
    temperature = np.zeros(basis.N)
    hot = mesh.p[0] == 0.0
    temperature[hot] = 80.0 + 15.0 * mesh.p[2, hot]
    held = np.flatnonzero(hot | (mesh.p[0] == 1.0))
    inner, load, *_ = condense(matrix, x=temperature, D=held)
    free = np.setdiff1d(np.arange(basis.N), held)
    temperature = np.asarray(solve(*condense(matrix, x=temperature, D=held)))
    residuals = conjugate_gradients(inner.tocsr(), load, 1.0 / inner.diagonal(), 80)
    assert len(free) == inner.shape[0]
    return Block(mesh.p.T.copy(), mesh.t.T.copy(), temperature, residuals)


def draw_field(path: Path, points: Floats, triangles: Any, values: Floats, label: str) -> None:
    """Draw a field over triangles, as a post-processor's screenshot."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(5, 3), dpi=90)
    FigureCanvasAgg(figure)
    axes = figure.add_subplot()
    drawn = axes.tricontourf(points[:, 0], points[:, 1], triangles, values, levels=12, cmap="turbo")
    figure.colorbar(drawn, label=label)
    axes.set_aspect("equal")
    _save(figure, path)


def draw_curve(path: Path, x: Floats, y: Floats, labels: tuple[str, str]) -> None:
    """Draw a curve over a logarithmic axis."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(4, 3), dpi=90)
    FigureCanvasAgg(figure)
    axes = figure.add_subplot()
    axes.semilogy(x, y)
    axes.set_xlabel(labels[0])
    axes.set_ylabel(labels[1])
    _save(figure, path)


def _save(figure: Any, path: Path) -> None:
    out = BytesIO()
    figure.savefig(out, format="png", metadata={"Software": None})
    path.write_bytes(out.getvalue())
