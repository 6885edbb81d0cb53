"""Plane stress: the plate with a hole and the cantilever, solved with quadratic triangles."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from flows.demo.simulation.iterate import convergence_chart, residual_chart
from flows.demo.simulation.shapes import Shape, mesh_of
from flows.demo.simulation.study import Chart, Curve, Floats, Mark, Study, charted, mesh_facts, sampled


@dataclass(frozen=True)
class Material:
    """A linear elastic material."""

    name: str
    modulus: float  # MPa
    poisson: float
    strength: float  # MPa


@dataclass(frozen=True)
class ElasticCase:
    """A shape in millimetres, held at its left side and loaded."""

    kind: Literal["plate", "cantilever"]
    shape: Shape
    thickness: float  # mm
    material: Material
    load: float  # MPa along the right side, or on the top for `pressure`
    load_kind: Literal["tension", "shear", "pressure"]
    density: float

    @property
    def side(self) -> str:
        """The loaded side."""
        return "top" if self.load_kind == "pressure" else "right"

    @property
    def direction(self) -> tuple[float, float]:
        """The load's direction."""
        return (1.0, 0.0) if self.load_kind == "tension" else (0.0, -1.0)


@dataclass(frozen=True)
class Solved:
    """A system and its solution."""

    mesh: Any
    matrix: Any  # without the held unknowns
    load: Floats
    free: NDArray[np.int64]
    displacement: Floats  # [2, P]
    stress: Floats  # [3, P]: xx, yy, xy
    energy: float
    unknowns: int


def solve_system(case: ElasticCase, density: float, quadratic: bool = True) -> Solved:
    """Assemble and solve `case` on a mesh of the given density."""
    from scipy.sparse.linalg import spsolve  # noqa: PLC0415
    from skfem import (  # noqa: PLC0415
        Basis,
        ElementTriP1,
        ElementTriP2,
        ElementVector,
        FacetBasis,
        LinearForm,
    )
    from skfem.models.elasticity import lame_parameters, linear_elasticity  # noqa: PLC0415

    mesh = mesh_of(case.shape, density)
    scalar = ElementTriP2() if quadratic else ElementTriP1()
    element = ElementVector(scalar)
    basis = Basis(mesh, element)
    lam, mu = lame_parameters(case.material.modulus, case.material.poisson)
    lam = 2 * lam * mu / (lam + 2 * mu)  # plane stress
    matrix = linear_elasticity(lam, mu).assemble(basis) * case.thickness
    tx, ty = (case.load * case.thickness * d for d in case.direction)

    @LinearForm  # type: ignore[untyped-decorator]
    def traction(v: Any, _: Any) -> Any:
        return tx * v[0] + ty * v[1]

    load = traction.assemble(FacetBasis(mesh, element, facets=mesh.boundaries[case.side]))
    held = basis.get_dofs("left").flatten()
    free = np.setdiff1d(np.arange(basis.N), held)
    inner = matrix[free][:, free].tocsr()
    u = np.zeros(basis.N)
    u[free] = spsolve(inner.tocsc(), load[free])
    grad = basis.interpolate(u).grad  # [2, 2, T, Q]
    xx, yy, xy = grad[0, 0], grad[1, 1], 0.5 * (grad[0, 1] + grad[1, 0])
    trace = lam * (xx + yy)
    flat = Basis(mesh, ElementTriP1(), quadrature=basis.quadrature)
    stress = np.stack([flat.project(s) for s in (trace + 2 * mu * xx, trace + 2 * mu * yy, 2 * mu * xy)])
    return Solved(mesh, inner, load[free], free, u[basis.nodal_dofs], stress, float(load @ u), int(free.size))


def von_mises(stress: Floats) -> Floats:
    """Return the plane von Mises stress [P] of components xx, yy, xy [3, P]."""
    xx, yy, xy = stress
    return np.sqrt(np.maximum(xx**2 - xx * yy + yy**2 + 3 * xy**2, 0.0))


def solve(case: ElasticCase, wanted: frozenset[str]) -> Study:
    """Solve `case`, with only those extra charts that are wanted (profile, convergence, residual, cases)."""
    main = solve_system(case, case.density)
    mises = von_mises(main.stress)
    moved = np.linalg.norm(main.displacement, axis=0)
    peak = int(mises.argmax())
    width, height = case.shape.width, case.shape.height
    nominal = _nominal(case)
    facts = mesh_facts(main.mesh, main.unknowns, "mm") | {
        "width": f"{width:.0f} mm",
        "height": f"{height:.0f} mm",
        "thickness": f"{case.thickness:g} mm",
        "material": case.material.name,
        "modulus": f"{case.material.modulus / 1000:.1f} GPa",
        "poisson": f"{case.material.poisson:.2f}",
        "strength": f"{case.material.strength:.0f} MPa",
        "load": f"{case.load:.3g} MPa",
        "peak_stress": f"{mises[peak]:.1f} MPa",
        "mean_stress": f"{mises.mean():.1f} MPa",
        "peak_x": f"{main.mesh.p[0, peak]:.1f} mm",
        "peak_y": f"{main.mesh.p[1, peak]:.1f} mm",
        "safety": f"{case.material.strength / mises[peak]:.2f}",
        "nominal": f"{nominal:.1f} MPa",
        "factor": f"{mises[peak] / nominal:.2f}",
        "peak_move": f"{moved.max():.3g} mm",
        "move_x": f"{np.abs(main.displacement[0]).max():.3g} mm",
        "move_y": f"{np.abs(main.displacement[1]).max():.3g} mm",
        "principal": f"{_largest_principal(main.stress).max():.1f} MPa",
    }
    if case.kind == "plate":
        facts |= {"hole": f"{2 * case.shape.inner_x:.0f} mm by {2 * case.shape.inner_y:.0f} mm"}
    charts, more = charted(
        wanted,
        {
            "profile": lambda: _profile(case, main, mises),
            "convergence": lambda: _convergence(case, main),
            "residual": lambda: _residual(case),
            "cases": lambda: _cases(case, mises),
        },
    )
    facts |= more
    load_label = {"tension": "tension", "shear": "edge shear", "pressure": "pressure"}[case.load_kind]
    name = f"{'Plate with a hole' if case.kind == 'plate' else 'Cantilever'} under {load_label}"
    return Study(
        kind=case.kind,
        name=name,
        shape=case.shape,
        unit="mm",
        mesh=main.mesh,
        marks=(
            Mark("left", "fixed", "fixed"),
            Mark(case.side, "traction", f"{case.load:.3g} MPa", case.direction),
        ),
        fields={"stress": mises, "displacement": main.displacement, "principal": main.stress},
        charts=charts,
        facts=facts | {"loading": load_label},
        table=(
            ("Largest von Mises stress", facts["peak_stress"]),
            ("Largest displacement", facts["peak_move"]),
            ("Largest principal stress", facts["principal"]),
            ("Reserve against yield", facts["safety"]),
            ("Triangles", facts["elements"]),
        ),
    )


def _nominal(case: ElasticCase) -> float:
    """The stress that a hand calculation gives, in MPa."""
    width, height = case.shape.width, case.shape.height
    if case.kind == "plate" and case.load_kind == "tension":
        return case.load * height / (height - 2 * case.shape.inner_y)
    tip = height * case.shape.ratio
    moment = case.load * (width**2 / 2 if case.side == "top" else tip * width)
    if case.load_kind == "tension":
        return case.load * case.shape.ratio
    return 6 * moment / height**2


def _largest_principal(stress: Floats) -> Floats:
    xx, yy, xy = stress
    return (xx + yy) / 2 + np.sqrt(((xx - yy) / 2) ** 2 + xy**2)


def _profile(case: ElasticCase, main: Solved, mises: Floats) -> tuple[Chart, dict[str, str]]:
    """Along the line from the hole to the edge, or along the beam's axis."""
    if case.kind == "plate":
        y = np.linspace(case.shape.inner_y * 1.01, case.shape.height / 2 * 0.995, 60)
        x = np.full_like(y, case.shape.offset)
        s, values, y_label = y - y[0], {"von Mises": mises, "sigma_xx": main.stress[0]}, "stress in MPa"
        where = "ligament above the hole"
    else:
        x = np.linspace(0.005, 0.995, 60) * case.shape.width
        y = np.zeros_like(x)
        part = 0 if case.load_kind == "tension" else 1
        s, values, y_label = x, {"u_xy"[0:2] + "xy"[part]: main.displacement[part]}, "displacement in mm"
        where = "centre line of the beam"
    curves = tuple(Curve(s, sampled(main.mesh, v, x, y), name) for name, v in values.items())
    first = curves[0].y[~np.isnan(curves[0].y)]
    unit = "MPa" if case.kind == "plate" else "mm"
    facts = {
        "path": where,
        "path_length": f"{s[-1]:.0f} mm",
        "path_start": f"{first[0]:.3g} {unit}",
        "path_end": f"{first[-1]:.3g} {unit}",
        "path_top": f"{np.abs(first).max():.3g} {unit}",
    }
    return Chart(curves, "distance in mm", y_label), facts


def _convergence(case: ElasticCase, main: Solved) -> tuple[Chart, dict[str, str]]:
    def measure(density: float) -> tuple[int, float]:
        solved = solve_system(case, density, quadratic=False)
        return int(solved.mesh.t.shape[1]), solved.energy

    densities = np.array([0.4, 0.55, 0.8, 1.1]) * case.density
    return convergence_chart(measure, main.energy, "strain energy", densities.tolist())


def _residual(case: ElasticCase) -> tuple[Chart, dict[str, str]]:
    linear = solve_system(case, 0.7 * case.density, quadratic=False)
    return residual_chart(linear.matrix, linear.load)


def other_load_cases(case: ElasticCase) -> tuple[ElasticCase, ElasticCase]:
    """Return LC2 and LC3 of a report whose own case is LC1: the other two ways to load it."""
    kinds: tuple[Literal["tension", "shear", "pressure"], ...] = ("tension", "shear", "pressure")
    others = (replace(case, load_kind=kind) for kind in kinds if kind != case.load_kind)
    second, third = (
        replace(other, load=part * case.load * _nominal(case) / _nominal(other))
        for other, part in zip(others, (0.8, 1.15), strict=True)
    )
    return second, third


def _cases(case: ElasticCase, mises: Floats) -> tuple[Chart, dict[str, str]]:
    """The largest stress of four load cases: the main one and three others."""
    peaks = [float(mises.max())]
    peaks += [
        float(von_mises(solve_system(other, 0.7 * case.density).stress).max())
        for other in other_load_cases(case)
    ]
    peaks.append(1.35 * peaks[0])  # linear, so the factored case is the first one scaled
    names = ("LC1", "LC2", "LC3", "LC4")
    worst = int(np.argmax(peaks))
    facts = {
        "case_count": "four",
        "worst_case": names[worst],
        "worst_value": f"{peaks[worst]:.1f} MPa",
        "mildest_case": names[int(np.argmin(peaks))],
        "mildest_value": f"{min(peaks):.1f} MPa",
        "case_measure": "peak von Mises stress",
    }
    bars = Curve(np.arange(4, dtype=np.float64), np.array(peaks), "peak stress")
    return Chart((bars,), "load case", "peak stress in MPa", names), facts
