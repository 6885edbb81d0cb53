"""Eigenmodes of membranes and of thin plates (Morley triangles)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np

from flows.demo.simulation.iterate import convergence_chart
from flows.demo.simulation.shapes import Shape, mesh_of
from flows.demo.simulation.study import Chart, Curve, Floats, Mark, Study, charted, mesh_facts, sampled

MODES = 6


@dataclass(frozen=True)
class ModesCase:
    """A shape in metres, held along sides."""

    structure: Literal["membrane", "plate"]
    shape: Shape
    held: tuple[str, ...]
    stiffness: float  # membrane: N/m of tension; plate: N m of bending stiffness
    poisson: float
    mass: float  # kg/m2
    material: str
    density: float


@dataclass(frozen=True)
class Solved:
    """Frequencies and shapes, and the system without its held unknowns."""

    mesh: Any
    frequencies: Floats  # [K] Hz
    modes: Floats  # [K, P], largest value 1
    matrix: Any
    inertia: Any
    unknowns: int


def solve_system(case: ModesCase, density: float) -> Solved:
    """Assemble `case` on a mesh of the given density and find its lowest modes."""
    from scipy.sparse.linalg import eigsh  # noqa: PLC0415
    from skfem import Basis, BilinearForm, ElementTriMorley, ElementTriP1  # noqa: PLC0415
    from skfem.helpers import dd, ddot, dot, grad, trace  # noqa: PLC0415

    mesh = mesh_of(case.shape, density)
    plate = case.structure == "plate"
    basis = Basis(mesh, ElementTriMorley() if plate else ElementTriP1())

    @BilinearForm  # type: ignore[untyped-decorator]
    def stiffness(u: Any, v: Any, _: Any) -> Any:
        if not plate:
            return case.stiffness * dot(grad(u), grad(v))
        bend = (1 - case.poisson) * ddot(dd(u), dd(v)) + case.poisson * trace(dd(u)) * trace(dd(v))
        return case.stiffness * bend

    @BilinearForm  # type: ignore[untyped-decorator]
    def inertia(u: Any, v: Any, _: Any) -> Any:
        return case.mass * u * v

    held = np.unique(np.concatenate([basis.get_dofs(side).flatten() for side in case.held]))
    free = np.setdiff1d(np.arange(basis.N), held)
    k, m = (a.tocsr()[free][:, free].tocsc() for a in (stiffness.assemble(basis), inertia.assemble(basis)))
    values, vectors = eigsh(k, M=m, k=MODES, sigma=0.0, v0=np.ones(free.size))
    order = np.argsort(values)
    full = np.zeros((MODES, basis.N))
    full[:, free] = vectors[:, order].T
    shapes = full[:, basis.nodal_dofs[0]]
    at = np.abs(shapes).argmax(axis=1)[:, None]
    shapes = shapes / np.take_along_axis(shapes, at, axis=1)
    return Solved(mesh, np.sqrt(np.abs(values[order])) / (2 * np.pi), shapes, k, m, int(free.size))


def solve(case: ModesCase, wanted: frozenset[str], mode: int) -> Study:
    """Solve `case`, with only those extra charts that are wanted.

    Args:
        case: what to solve.
        wanted: of profile, convergence, residual, cases; the spectrum is always there.
        mode: the mode that the report looks at, from 0.
    """
    main = solve_system(case, case.density)
    f = main.frequencies
    gaps = np.diff(f)
    facts = mesh_facts(main.mesh, main.unknowns, "m") | {
        "width": f"{1000 * case.shape.width:.0f} mm",
        "height": f"{1000 * case.shape.height:.0f} mm",
        "material": case.material,
        "mass": f"{case.mass:.3g} kg/m2",
        "structure": case.structure,
        "first": f"{f[0]:.1f} Hz",
        "second": f"{f[1]:.1f} Hz",
        "third": f"{f[2]:.1f} Hz",
        "last": f"{f[-1]:.1f} Hz",
        "mode_count": "six",
        "chosen": ("first", "second", "third", "fourth", "fifth", "sixth")[mode],
        "chosen_frequency": f"{f[mode]:.1f} Hz",
        "smallest_gap": f"{gaps.min():.2f} Hz",
        "ratio": f"{f[1] / f[0]:.2f}",
        "held": " and ".join(case.held) + (" edge" if len(case.held) == 1 else " edges"),
    }
    spectrum = Curve(np.arange(1.0, MODES + 1), f, "frequency")
    charts, more = charted(
        wanted,
        {
            "profile": lambda: _profile(case, main),
            "convergence": lambda: _convergence(case),
            "residual": lambda: _residual(main),
            "cases": lambda: _cases(case),
        },
    )
    facts |= more
    charts["spectrum"] = Chart((spectrum,), "mode", "frequency in Hz")
    return Study(
        kind="modes",
        name=f"Natural modes of a {case.structure}",
        shape=case.shape,
        unit="m",
        mesh=main.mesh,
        marks=tuple(Mark(side, "fixed", "held" if k == 0 else "") for k, side in enumerate(case.held)),
        fields={"mode": main.modes[mode], "gallery": main.modes},
        charts=charts,
        facts=facts,
        table=tuple((f"Mode {k + 1}", f"{value:.1f} Hz") for k, value in enumerate(f)),
    )


def _profile(case: ModesCase, main: Solved) -> tuple[Chart, dict[str, str]]:
    """The first three modes along the middle of the shape."""
    low, high = main.mesh.p.min(axis=1), main.mesh.p.max(axis=1)
    x = np.linspace(low[0], high[0], 80)
    part = 0.3 * case.shape.ratio if case.shape.name == "corner" else 0.55
    y = np.full_like(x, low[1] + part * (high[1] - low[1]))
    curves = tuple(
        Curve(
            1000 * (x - x[0]),
            sampled(main.mesh, main.modes[k], x, y),
            f"mode {k + 1}",
        )
        for k in range(3)
    )
    first = curves[0].y
    facts = {
        "path": "horizontal cut through the middle",
        "path_length": f"{1000 * (x[-1] - x[0]):.0f} mm",
        "path_start": f"{float(first[~np.isnan(first)][0]):.2f}",
        "path_end": f"{float(first[~np.isnan(first)][-1]):.2f}",
        "path_top": f"{float(np.nanmax(np.abs(first))):.2f}",
    }
    return Chart(curves, "distance in mm", "normalised deflection"), facts


def _convergence(case: ModesCase) -> tuple[Chart, dict[str, str]]:
    def measure(density: float) -> tuple[int, float]:
        solved = solve_system(case, density)
        return int(solved.mesh.t.shape[1]), float(solved.frequencies[0])

    best = measure(1.8 * case.density)[1]
    densities = np.array([0.45, 0.6, 0.8, 1.05]) * case.density
    return convergence_chart(measure, best, "first frequency", densities.tolist())


def _residual(main: Solved) -> tuple[Chart, dict[str, str]]:
    """The residual of inverse iteration for the first mode, from two starts."""
    from scipy.sparse.linalg import splu  # noqa: PLC0415

    solver = splu(main.matrix)
    n = main.matrix.shape[0]
    starts = {"start: ones": np.ones(n), "start: random": np.random.default_rng(n).standard_normal(n)}
    curves = []
    for label, start in starts.items():
        x = start
        history: list[float] = []
        while len(history) < 60 and (not history or history[-1] > 1e-9):
            x = _normed(solver.solve(main.inertia @ x), main.inertia)
            force = main.matrix @ x
            rayleigh = x @ force
            history.append(
                float(np.linalg.norm(force - rayleigh * (main.inertia @ x)) / np.linalg.norm(force))
            )
        curves.append(Curve(np.arange(1.0, len(history) + 1), np.array(history), label))
    last = curves[-1].y
    facts = {
        "iterations": str(len(last)),
        "plain_iterations": str(len(curves[0].y)),
        "last_residual": f"{last[-1]:.1e}",
        "equations": f"{n:,}",
        "half_residual": f"{last[len(last) // 2]:.1e}",
    }
    return Chart(tuple(curves), "iteration", "relative residual"), facts


def _normed(x: Floats, inertia: Any) -> Floats:
    return x / np.sqrt(x @ (inertia @ x))


def _cases(case: ModesCase) -> tuple[Chart, dict[str, str]]:
    """The first frequency for several stiffnesses, each solved again."""
    factors = (0.5, 1.0, 1.5, 2.0)
    coarse = 0.7 * case.density
    values = [
        float(solve_system(replace(case, stiffness=case.stiffness * f), coarse).frequencies[0])
        for f in factors
    ]
    names = tuple(f"{100 * f:.0f} %" for f in factors)
    facts = {
        "case_count": "four",
        "worst_case": names[0],
        "worst_value": f"{values[0]:.1f} Hz",
        "mildest_case": names[-1],
        "mildest_value": f"{values[-1]:.1f} Hz",
        "case_measure": "first natural frequency",
    }
    bars = Curve(np.arange(4, dtype=np.float64), np.array(values), "first frequency")
    what = "tension" if case.structure == "membrane" else "bending stiffness"
    return Chart((bars,), f"{what} of the base case", "first frequency in Hz", names), facts
