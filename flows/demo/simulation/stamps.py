"""What post-processors print onto a picture: the run, its load case, extremes and the size of the mesh."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random
from typing import Any, Literal

from flows.demo.simulation.canvas import Style
from flows.demo.simulation.study import Study

#: What the facts of a study say on each kind of figure; the others print their numbers anyway.
_VALUES: dict[str, tuple[tuple[str, str], ...]] = {
    "mesh": (("", "elements"), ("", "nodes")),
    "quality": (("", "elements"), ("mean", "mean_quality")),
    "stress": (("max", "peak_stress"), ("mean", "mean_stress")),
    "displacement": (("max", "peak_move"),),
    "principal": (("max", "principal"),),
    "temperature": (("max", "peak_temperature"), ("min", "low_temperature")),
    "flux": (("max", "peak_flux"),),
    "mode": (("", "chosen_frequency"),),
    "gallery": (("from", "first"), ("to", "last")),
    "profile": (("max", "path_top"),),
    "convergence": (("order", "order"),),
    "residual": (("", "iterations"),),
}
_COUNTED = frozenset({"elements", "nodes", "iterations"})


@dataclass(frozen=True)
class Stamp:
    """What one family's tool prints above its pictures."""

    run: bool  # the run's name and load case, as the window of a post-processor does
    values: bool
    numbers: Literal["plain", "scientific"]


def stamp_of(rng: Random, style: Style) -> Stamp:
    """Draw a stamp: the window of a post-processor names its run, and one picture in six has no stamp."""
    if style.frame == "viewer":
        run, values = True, rng.random() < 0.8
    else:
        run, values = rng.choice(((False, False), (False, True), (False, True), (True, True)))
    return Stamp(run, values, rng.choice(("plain", "plain", "scientific")))


def print_stamp(figure: Any, kind: str, study: Study, stamp: Stamp, run: str) -> None:
    """Print the stamp at the top left.

    Args:
        figure: the drawn figure.
        kind: of the figure.
        study: whose facts are printed.
        stamp: what is printed.
        run: name of the run, with its load case where it has one.
    """
    said = [run] if stamp.run else []
    if stamp.values:
        said += [
            " ".join(part for part in (name, _printed(fact, study.facts[fact], stamp)) if part)
            for name, fact in _VALUES.get(kind, ())
        ]
    dark = figure.get_facecolor()[:3] != (1.0, 1.0, 1.0)
    figure.text(0.012, 0.988, ", ".join(said), va="top", fontsize=7.5, color="white" if dark else "black")


def _printed(name: str, fact: str, stamp: Stamp) -> str:
    if name in _COUNTED:
        return f"{fact.replace(',', '')} {name}"
    number, _, unit = fact.partition(" ")
    if stamp.numbers == "scientific" and unit:
        number = f"{float(number.replace(',', '')):.3e}"
    return f"{number} {unit}".strip()
