"""Plants faults into simulation reports: figures of a sibling, wrong units, figures of another load case.

Every report gets one fault at most. Its truth goes into `planted.json`, which only the measuring side reads.
"""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from random import Random
from typing import Literal

from flows.demo.simulation.cases import Run, runs, seeded, solve
from flows.demo.simulation.elastic import ElasticCase, other_load_cases
from flows.demo.simulation.figures import draw
from flows.demo.simulation.report import look_of, stamped_name

Fault = Literal["swap", "unit", "load case", "converted"]
PLANTED = "planted.json"
#: Share of the reports that get a fault of each kind.
_SHARES: dict[Fault, float] = {"swap": 0.2, "unit": 0.1, "load case": 0.1, "converted": 0.1}
_OF_A_LOAD = ("stress", "displacement", "principal")


@dataclass(frozen=True)
class Planted:
    """One figure with a fault, or, `converted`, in a text whose numbers were converted to other units."""

    report: str  # folder, relative to the set's
    image: str  # relative to the report's folder
    figure: str  # the kind of figure
    fault: Fault


@dataclass(frozen=True)
class _Unit:
    """A unit of a report, the figures that print it, what it is mistaken for, and what it converts to."""

    unit: str
    figures: tuple[str, ...]
    mistaken: tuple[str, ...]
    converted: str
    convert: Callable[[float], float]


_UNITS = (
    _Unit("MPa", ("stress", "principal", "cases"), ("Pa", "kPa", "GPa"), "Pa", lambda value: value * 1e6),
    _Unit("mm", ("displacement",), ("m", "µm"), "m", lambda value: value * 1e-3),
    _Unit("°C", ("temperature", "profile", "cases"), ("K", "°F"), "K", lambda value: value + 273.15),
    _Unit("kW/m2", ("flux",), ("W/m2", "MW/m2"), "W/m2", lambda value: value * 1e3),
    _Unit(
        "Hz", ("spectrum", "mode", "gallery", "cases"), ("kHz", "rad/s"), "kHz", lambda value: value * 1e-3
    ),
)


def plant(reports: Path, out: Path, count: int, seed: int, *, stamped: bool = False) -> list[Planted]:
    """Copy a set of reports into `out` with faults planted, and return them.

    Args:
        reports: from `generate`.
        out: folder, written anew.
        count: the number of reports, as it was generated.
        seed: of the set, and of what is planted.
        stamped: whether the set was generated so.
    """
    shutil.rmtree(out, ignore_errors=True)
    shutil.copytree(reports, out, ignore=shutil.ignore_patterns("done.json"))
    rng = seeded(f"{seed}/planted")
    free = {_place(run): run for run in runs(count, seed)}
    planted: list[Planted] = []
    makers: dict[Fault, Callable[[Run], list[Planted]]] = {
        "swap": lambda run: _swap(out, run, free, rng),
        "load case": lambda run: _other_load(out, run, seed, rng, stamped),
        "unit": lambda run: _units(out, run, rng, "unit"),
        "converted": lambda run: _units(out, run, rng, "converted"),
    }
    for fault, make in makers.items():
        wanted = round(_SHARES[fault] * count)
        order = list(free.values())
        rng.shuffle(order)
        for run in order:
            if wanted <= 0:
                break
            if _place(run) not in free:
                continue
            done = make(run)
            for place in {one.report for one in done}:
                del free[place]
                wanted -= 1
            planted += done
    (out / PLANTED).write_text(json.dumps([asdict(one) for one in planted], indent=1), encoding="utf-8")
    return planted


def planted_in(folder: Path) -> list[Planted]:
    """Return what was planted into a set of reports."""
    return [Planted(**one) for one in json.loads((folder / PLANTED).read_text(encoding="utf-8"))]


def _place(run: Run) -> str:
    return f"{run.family}/run-{run.index + 1}"


def _figures(folder: Path) -> dict[str, str]:
    """Return the picture of each kind of figure that a report shows."""
    shown = json.loads((folder / "truth.json").read_text(encoding="utf-8"))["figures"]
    return {figure: image for image, figure in shown.items()}


def _swap(out: Path, run: Run, free: dict[str, Run], rng: Random) -> list[Planted]:
    """Exchange the pictures of one kind with a sibling that shows it too; names and texts stay."""
    own = _figures(out / _place(run))
    pairs = [
        (place, figure, image)
        for place, other in free.items()
        if other.family == run.family and other is not run
        for figure, image in _figures(out / place).items()
        if figure in own
    ]
    if not pairs:
        return []
    place, figure, image = rng.choice(pairs)
    here, there = out / _place(run) / own[figure], out / place / image
    first, second = here.read_bytes(), there.read_bytes()
    here.write_bytes(second)
    there.write_bytes(first)
    return [Planted(_place(run), own[figure], figure, "swap"), Planted(place, image, figure, "swap")]


def _other_load(out: Path, run: Run, seed: int, rng: Random, stamped: bool) -> list[Planted]:
    """Put the picture of another load case in the place of the report's own."""
    shown = {figure: image for figure, image in _figures(out / _place(run)).items() if figure in _OF_A_LOAD}
    if not shown or not isinstance(run.case, ElasticCase):
        return []
    figure = rng.choice(sorted(shown))
    number = rng.randrange(2)
    other = replace(run, case=other_load_cases(run.case)[number])
    style, stamp = look_of(run, seed)
    name = stamped_name(run, f"LC{number + 2}")
    drawn = draw(figure, solve(other, frozenset()), style, stamp if stamped else None, name)
    (out / _place(run) / shown[figure]).write_bytes(drawn)
    return [Planted(_place(run), shown[figure], figure, "load case")]


def _units(out: Path, run: Run, rng: Random, fault: Literal["unit", "converted"]) -> list[Planted]:
    """Give the numbers of one unit another one in the whole text: as it is, or converted."""
    folder = out / _place(run)
    text = (folder / "report.md").read_text(encoding="utf-8")
    shown = _figures(folder)
    fitting = [
        unit for unit in _UNITS if set(unit.figures) & shown.keys() and re.search(_numbers(unit.unit), text)
    ]
    if not fitting:
        return []
    unit = rng.choice(fitting)
    if fault == "unit":
        mistaken = rng.choice(unit.mistaken)
        text = re.sub(_numbers(unit.unit), lambda found: f"{found[1]} {mistaken}", text)
    else:
        text = re.sub(
            _numbers(unit.unit), lambda found: f"{_converted(found[1], unit.convert)} {unit.converted}", text
        )
    (folder / "report.md").write_text(text, encoding="utf-8")
    return [Planted(_place(run), shown[one], one, fault) for one in unit.figures if one in shown]


def _numbers(unit: str) -> str:
    return rf"(-?\d[\d,]*(?:\.\d+)?(?:e[+-]?\d+)?) {re.escape(unit)}(?![\w/^²2])"


def _converted(number: str, convert: Callable[[float], float]) -> str:
    digits = len(re.sub(r"\D", "", number.partition("e")[0]).lstrip("0"))
    return f"{convert(float(number.replace(',', ''))):.{max(digits, 4) + 1}g}"
