"""From a study and the name of a figure to PNG bytes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flows.demo.simulation import charts, fieldplots, sketch
from flows.demo.simulation.canvas import Style, blank, png
from flows.demo.simulation.stamps import Stamp, print_stamp
from flows.demo.simulation.study import Study

_DRAW: dict[str, Callable[[Any, Study, Style], None]] = {
    "geometry": sketch.geometry,
    "mesh": fieldplots.mesh,
    "quality": charts.element_quality,
    "stress": fieldplots.stress,
    "displacement": fieldplots.displacement,
    "principal": fieldplots.principal,
    "temperature": fieldplots.temperature,
    "flux": fieldplots.flux,
    "mode": fieldplots.mode,
    "gallery": fieldplots.gallery,
    "spectrum": charts.spectrum,
    "profile": charts.profile,
    "convergence": charts.convergence,
    "residual": charts.residual,
    "cases": charts.cases,
}


def draw(kind: str, study: Study, style: Style, stamp: Stamp | None = None, run: str = "") -> bytes:
    """Return the figure `kind` of `study` as PNG, with a `stamp` that may name the `run`."""
    figure = blank(style.size)
    _DRAW[kind](figure, study, style)
    if stamp is not None:
        print_stamp(figure, kind, study, stamp, run)
    return png(figure)
