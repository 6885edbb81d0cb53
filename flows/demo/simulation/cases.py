"""Draws the cases: families, and the siblings that differ only in a few parameters."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from random import Random
from typing import Literal, TypeVar

from flows.demo.simulation import elastic, heat, modes
from flows.demo.simulation.elastic import ElasticCase, Material
from flows.demo.simulation.heat import HeatCase
from flows.demo.simulation.modes import ModesCase
from flows.demo.simulation.shapes import Shape
from flows.demo.simulation.study import Kind, Study

T = TypeVar("T")
KINDS: tuple[Kind, ...] = ("plate", "cantilever", "heat", "modes")
SIBLINGS = 5
_OF_SOLIDS = (
    "geometry",
    "mesh",
    "quality",
    "stress",
    "displacement",
    "principal",
    "profile",
    "convergence",
    "residual",
    "cases",
)

#: The figures that a kind can show.
FIGURES: dict[Kind, tuple[str, ...]] = {
    "plate": _OF_SOLIDS,
    "cantilever": _OF_SOLIDS,
    "heat": (
        "geometry",
        "mesh",
        "quality",
        "temperature",
        "flux",
        "profile",
        "convergence",
        "residual",
        "cases",
    ),
    "modes": (
        "geometry",
        "mesh",
        "quality",
        "mode",
        "gallery",
        "spectrum",
        "profile",
        "convergence",
        "residual",
        "cases",
    ),
}
MATERIALS = (
    Material("structural steel S355", 210_000, 0.30, 355),
    Material("aluminium 6082-T6", 70_000, 0.33, 250),
    Material("titanium Ti-6Al-4V", 114_000, 0.34, 880),
    Material("cast iron EN-GJS-400", 169_000, 0.28, 250),
    Material("PA12 polyamide", 1_800, 0.39, 48),
)
CONDUCTORS = (("aluminium", 205.0), ("carbon steel", 45.0), ("stainless steel", 16.0), ("brass", 110.0))
SHEETS = (
    ("steel sheet", 7850.0, 2.1e11),
    ("aluminium sheet", 2700.0, 7.0e10),
    ("CFRP laminate", 1550.0, 6.0e10),
)


@dataclass(frozen=True)
class Run:
    """One report's case: the `index`-th sibling of a family."""

    family: str
    index: int
    kind: Kind
    case: ElasticCase | HeatCase | ModesCase
    mode: int = 0


def runs(reports: int, seed: int) -> list[Run]:
    """Return the cases of all reports, family by family."""
    out: list[Run] = []
    while len(out) < reports:
        number = len(out) // SIBLINGS
        kind = KINDS[number % len(KINDS)]
        family = f"{kind}-{number:03d}"
        base = seeded(f"{seed}/{family}")
        case = _BASES[kind](base)
        for index in range(min(SIBLINGS, reports - len(out))):
            own = seeded(f"{seed}/{family}/{index}")
            out.append(Run(family, index, kind, _varied(case, own), own.randrange(modes.MODES)))
    return out


def solve(run: Run, wanted: frozenset[str]) -> Study:
    """Solve the run's case with the wanted extra charts."""
    if isinstance(run.case, ElasticCase):
        return elastic.solve(run.case, wanted)
    if isinstance(run.case, HeatCase):
        return heat.solve(run.case, wanted)
    return modes.solve(run.case, wanted, run.mode)


def seeded(text: str) -> Random:
    """Return a generator that gives the same numbers for the same text on every machine."""
    return Random(text)  # noqa: S311  (nothing here is a secret)


def _pick(rng: Random, values: Sequence[T]) -> T:
    return values[rng.randrange(len(values))]


def _plate(rng: Random) -> ElasticCase:
    width = rng.choice((120.0, 160.0, 200.0, 260.0, 300.0))
    height = width * rng.choice((0.45, 0.55, 0.7, 0.85))
    inner = height * rng.uniform(0.12, 0.24)
    squeeze = rng.choice((1.0, 1.0, 0.6, 1.5))
    shape = Shape(
        "holed",
        width,
        height,
        inner_x=inner,
        inner_y=inner * squeeze,
        offset=width * rng.choice((0.0, 0.0, -0.12, 0.12)),
        free=rng.random() < 0.7,
        seed=rng.randrange(1000),
    )
    kind: Literal["tension", "shear"] = "tension" if rng.random() < 0.7 else "shear"
    material = _pick(rng, MATERIALS)
    load = material.strength * rng.uniform(0.08, 0.2) * (1.0 if kind == "tension" else 0.4)
    return ElasticCase("plate", shape, rng.choice((4.0, 6.0, 8.0, 12.0)), material, load, kind, 1.0)


def _cantilever(rng: Random) -> ElasticCase:
    width = rng.choice((240.0, 320.0, 400.0, 600.0))
    height = width / rng.choice((2.5, 3.5, 5.0))
    shape = Shape(
        "tapered",
        width,
        height,
        ratio=rng.choice((1.0, 0.75, 0.5)),
        free=rng.random() < 0.7,
        seed=rng.randrange(1000),
    )
    kind: Literal["shear", "pressure"] = "shear" if rng.random() < 0.6 else "pressure"
    material = _pick(rng, MATERIALS)
    bending = material.strength * rng.uniform(0.2, 0.6) * height**2 / 6
    load = bending / (width**2 / 2 if kind == "pressure" else width * height * shape.ratio)
    return ElasticCase("cantilever", shape, rng.choice((10.0, 15.0, 20.0)), material, load, kind, 1.0)


def _heat(rng: Random) -> HeatCase:
    name = _pick(rng, ("holed", "corner", "tapered"))
    free, seed = rng.random() < 0.7, rng.randrange(1000)
    if name == "holed":
        width = rng.choice((0.12, 0.2, 0.3))
        height = width * rng.choice((0.6, 0.8, 1.0))
        bore = height * rng.uniform(0.12, 0.22)
        shape = Shape(
            "holed", width, height, bore, bore, width * rng.choice((0.0, -0.1)), free=free, seed=seed
        )
    elif name == "corner":
        width = rng.choice((0.2, 0.3, 0.5))
        shape = Shape("corner", width, width * rng.choice((0.8, 1.0)), ratio=rng.choice((0.3, 0.4, 0.5)))
        shape = replace(shape, free=free, seed=seed)
    else:
        width = rng.choice((0.08, 0.12, 0.2))
        shape = Shape(
            "tapered",
            width,
            width / rng.choice((3.0, 5.0)),
            ratio=rng.choice((1.0, 0.6, 0.35)),
            free=free,
            seed=seed,
        )
    material, conductivity = _pick(rng, CONDUCTORS)
    hot = {"holed": "hole", "corner": rng.choice(("left", "bottom")), "tapered": "left"}[name]
    return HeatCase(
        shape=shape,
        hot=hot,
        conductivity=conductivity,
        material=material,
        film=rng.choice((20.0, 35.0, 60.0, 120.0)),
        ambient=rng.choice((15.0, 20.0, 25.0, 40.0)),
        heating=rng.choice((8_000.0, 15_000.0, 25_000.0)),
        source=rng.choice((0.0, 50_000.0, 150_000.0)),
        density=1.0,
    )


def _modes(rng: Random) -> ModesCase:
    structure: Literal["membrane", "plate"] = _pick(rng, ("membrane", "plate"))
    width = rng.choice((0.25, 0.4, 0.6, 0.9))
    free, seed = rng.random() < 0.7, rng.randrange(1000)
    name = _pick(rng, ("disc", "tapered", "holed", "corner"))
    if name == "disc":
        shape = Shape("disc", width, width * rng.choice((0.7, 1.0)), free=free, seed=seed)
    elif name == "holed":
        hole = width * rng.uniform(0.08, 0.14)
        shape = Shape("holed", width, width * rng.choice((0.7, 0.9)), hole, hole, free=free, seed=seed)
    elif name == "corner":
        shape = Shape("corner", width, width, ratio=rng.choice((0.4, 0.5)), free=free, seed=seed)
    else:
        shape = Shape("tapered", width, width * rng.choice((0.4, 0.6, 0.9)), ratio=rng.choice((1.0, 0.6)))
        shape = replace(shape, free=free, seed=seed)
    edges = {
        "disc": ("rim",),
        "corner": ("left", "bottom"),
        "holed": ("left", "right"),
        "tapered": ("left",),
    }[name]
    if structure == "membrane" and name != "disc":
        edges = ("left", "right", "top", "bottom")
    material, weight, modulus = _pick(rng, SHEETS)
    thick = rng.choice((0.5e-3, 1e-3, 2e-3)) * (1 if structure == "membrane" else 2)
    bending = modulus * thick**3 / (12 * (1 - 0.3**2))
    tension = rng.choice((800.0, 1500.0, 4000.0))
    stiffness = tension if structure == "membrane" else bending
    return ModesCase(structure, shape, edges, stiffness, 0.3, weight * thick, material, 0.95)


def _varied(case: ElasticCase | HeatCase | ModesCase, rng: Random) -> ElasticCase | HeatCase | ModesCase:
    """Return a sibling: the same model with other parameters."""
    density = rng.choice((0.8, 0.9, 1.0, 1.1, 1.2))
    if isinstance(case, ElasticCase):
        hole = rng.uniform(0.8, 1.25)
        shape = replace(
            case.shape,
            inner_x=case.shape.inner_x * hole,
            inner_y=case.shape.inner_y * hole,
            height=case.shape.height * (1.0 if case.kind == "plate" else rng.uniform(0.8, 1.2)),
            seed=rng.randrange(1000),
        )
        return replace(case, shape=shape, load=case.load * rng.uniform(0.6, 1.5), density=density)
    if isinstance(case, HeatCase):
        return replace(
            case,
            shape=replace(case.shape, seed=rng.randrange(1000)),
            film=round(case.film * rng.uniform(0.6, 1.8)),
            heating=case.heating * rng.uniform(0.6, 1.6),
            density=density,
        )
    shape = replace(case.shape, height=case.shape.height * rng.uniform(0.85, 1.15), seed=rng.randrange(1000))
    return replace(
        case, shape=shape, stiffness=case.stiffness * rng.uniform(0.6, 1.6), density=density * 0.95
    )


_BASES: dict[Kind, Callable[[Random], ElasticCase | HeatCase | ModesCase]] = {
    "plate": _plate,
    "cantilever": _cantilever,
    "heat": _heat,
    "modes": _modes,
}
