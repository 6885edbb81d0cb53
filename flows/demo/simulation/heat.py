"""Steady heat conduction with a hot side, convection on the others and an inner source."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from flows.demo.simulation.iterate import convergence_chart, residual_chart
from flows.demo.simulation.shapes import Shape, mesh_of
from flows.demo.simulation.study import Chart, Curve, Floats, Mark, Study, charted, mesh_facts, sampled


@dataclass(frozen=True)
class HeatCase:
    """A shape in metres; `hot` is the heated side, all others give their heat to the air."""

    shape: Shape
    hot: str
    conductivity: float  # W/(m K)
    material: str
    film: float  # W/(m2 K)
    ambient: float  # degrees Celsius
    heating: float  # W/m2 through the hot side
    source: float  # W/m3
    density: float


@dataclass(frozen=True)
class Solved:
    """A system and its temperatures."""

    mesh: Any
    matrix: Any
    load: Floats
    temperature: Floats  # [P]
    flux: Floats  # [2, P], W/m2
    energy: float  # heat input times temperature rise, W K/m
    unknowns: int


def solve_system(case: HeatCase, density: float, quadratic: bool = True) -> Solved:
    """Assemble and solve `case` on a mesh of the given density."""
    from scipy.sparse.linalg import spsolve  # noqa: PLC0415
    from skfem import (  # noqa: PLC0415
        Basis,
        BilinearForm,
        ElementTriP1,
        ElementTriP2,
        FacetBasis,
        LinearForm,
    )
    from skfem.helpers import dot, grad  # noqa: PLC0415

    mesh = mesh_of(case.shape, density)
    element = ElementTriP2() if quadratic else ElementTriP1()
    basis = Basis(mesh, element)
    cooled = np.setdiff1d(mesh.boundary_facets(), mesh.boundaries[case.hot])
    edge, heated = (FacetBasis(mesh, element, facets=f) for f in (cooled, mesh.boundaries[case.hot]))

    @BilinearForm  # type: ignore[untyped-decorator]
    def conduction(u: Any, v: Any, _: Any) -> Any:
        return case.conductivity * dot(grad(u), grad(v))

    @BilinearForm  # type: ignore[untyped-decorator]
    def convection(u: Any, v: Any, _: Any) -> Any:
        return case.film * u * v

    @LinearForm  # type: ignore[untyped-decorator]
    def unit(v: Any, _: Any) -> Any:
        return 1.0 * v

    matrix = (conduction.assemble(basis) + convection.assemble(edge)).tocsr()
    heat = case.source * unit.assemble(basis) + case.heating * unit.assemble(heated)
    load = heat + case.film * case.ambient * unit.assemble(edge)
    t = spsolve(matrix.tocsc(), load)
    flat = Basis(mesh, ElementTriP1(), quadrature=basis.quadrature)
    gradient = basis.interpolate(t).grad
    flux = np.stack([flat.project(-case.conductivity * gradient[k]) for k in (0, 1)])
    energy = float(heat @ (t - case.ambient))
    return Solved(mesh, matrix, load, t[basis.nodal_dofs[0]], flux, energy, int(basis.N))


def solve(case: HeatCase, wanted: frozenset[str]) -> Study:
    """Solve `case`, with only those extra charts that are wanted (profile, convergence, residual, cases)."""
    main = solve_system(case, case.density)
    t, strength = main.temperature, np.linalg.norm(main.flux, axis=0)
    hottest = int(t.argmax())
    facts = mesh_facts(main.mesh, main.unknowns, "m") | {
        "width": f"{1000 * case.shape.width:.0f} mm",
        "height": f"{1000 * case.shape.height:.0f} mm",
        "material": case.material,
        "conductivity": f"{case.conductivity:g} W/(m K)",
        "film": f"{case.film:.0f} W/(m2 K)",
        "ambient": f"{case.ambient:.0f} °C",
        "heating": f"{case.heating / 1000:.2f} kW/m2",
        "source": f"{case.source / 1000:.0f} kW/m3",
        "hot_side": {"left": "left wall", "hole": "bore", "bottom": "base"}[case.hot],
        "peak_temperature": f"{t.max():.1f} °C",
        "low_temperature": f"{t.min():.1f} °C",
        "mean_temperature": f"{t.mean():.1f} °C",
        "spread": f"{t.max() - t.min():.1f} K",
        "hot_x": f"{1000 * main.mesh.p[0, hottest]:.0f} mm",
        "hot_y": f"{1000 * main.mesh.p[1, hottest]:.0f} mm",
        "peak_flux": f"{strength.max() / 1000:.2f} kW/m2",
        "mean_flux": f"{strength.mean() / 1000:.2f} kW/m2",
    }
    charts, more = charted(
        wanted,
        {
            "profile": lambda: _profile(case, main),
            "convergence": lambda: _convergence(case, main),
            "residual": lambda: _residual(case),
            "cases": lambda: _cases(case),
        },
    )
    facts |= more
    cooled = [s for s in main.mesh.boundaries if s != case.hot]
    return Study(
        kind="heat",
        name={"holed": "Block around a hot bore", "tapered": "Cooling fin", "corner": "Heated corner"}[
            case.shape.name
        ],
        shape=case.shape,
        unit="m",
        mesh=main.mesh,
        marks=(
            Mark(case.hot, "flux", f"q = {case.heating / 1000:.1f} kW/m²"),
            *(
                Mark(side, "film", f"h = {case.film:.0f}, {case.ambient:.0f} °C" if k == 0 else "")
                for k, side in enumerate(cooled)
            ),
        ),
        fields={"temperature": t, "flux": main.flux},
        charts=charts,
        facts=facts,
        table=(
            ("Highest temperature", facts["peak_temperature"]),
            ("Lowest temperature", facts["low_temperature"]),
            ("Largest heat flux", facts["peak_flux"]),
            ("Mean temperature", facts["mean_temperature"]),
            ("Unknowns", facts["unknowns"]),
        ),
    )


def _profile(case: HeatCase, main: Solved) -> tuple[Chart, dict[str, str]]:
    """Temperature along a line away from the hot side."""
    w, h = case.shape.width, case.shape.height
    part = np.linspace(0.01, 0.99, 60)
    if case.shape.name == "holed":
        x = case.shape.offset + case.shape.inner_x + part * (w / 2 - case.shape.inner_x - case.shape.offset)
        y, where = np.zeros(60), "line from the bore to the right face"
    elif case.shape.name == "corner":
        x, y, where = part * w, np.full(60, 0.4 * case.shape.ratio * h), "lower leg"
    else:
        x, y, where = part * w, np.zeros(60), "axis of the fin"
    line = sampled(main.mesh, main.temperature, x, y)
    seen = line[~np.isnan(line)]
    facts = {
        "path": where,
        "path_length": f"{1000 * (x[-1] - x[0]):.0f} mm",
        "path_start": f"{seen[0]:.1f} °C",
        "path_end": f"{seen[-1]:.1f} °C",
        "path_top": f"{seen.max():.1f} °C",
    }
    return Chart((Curve(1000 * (x - x[0]), line, "T"),), "distance in mm", "temperature in °C"), facts


def _convergence(case: HeatCase, main: Solved) -> tuple[Chart, dict[str, str]]:
    def measure(density: float) -> tuple[int, float]:
        solved = solve_system(case, density, quadratic=False)
        return int(solved.mesh.t.shape[1]), solved.energy

    densities = np.array([0.4, 0.55, 0.8, 1.1]) * case.density
    return convergence_chart(measure, main.energy, "thermal energy", densities.tolist())


def _residual(case: HeatCase) -> tuple[Chart, dict[str, str]]:
    linear = solve_system(case, case.density, quadratic=False)
    return residual_chart(linear.matrix, linear.load)


def _cases(case: HeatCase) -> tuple[Chart, dict[str, str]]:
    """The peak temperature for several strengths of the cooling."""
    factors = (0.5, 1.0, 2.0, 4.0)
    peaks = [
        float(solve_system(replace(case, film=case.film * f), 0.7 * case.density).temperature.max())
        for f in factors
    ]
    names = tuple(f"h={case.film * f:.0f}" for f in factors)
    facts = {
        "case_count": "four",
        "worst_case": names[0],
        "worst_value": f"{peaks[0]:.1f} °C",
        "mildest_case": names[-1],
        "mildest_value": f"{peaks[-1]:.1f} °C",
        "case_measure": "peak temperature",
    }
    bars = Curve(np.arange(4, dtype=np.float64), np.array(peaks), "peak temperature")
    return Chart((bars,), "film coefficient in W/(m² K)", "peak temperature in °C", names), facts
