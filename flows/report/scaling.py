"""How loss and error fall with data, width and steps, and what the next size would reach."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup

from flows.report.results import read_results
from flows.report.svg import Series, line_chart

_MEASURES = {"loss": "Loss on held-out documents", "error": "Error: one minus AUC-dc"}


@dataclass(frozen=True)
class ScalingChart:
    """One measure along one axis."""

    title: str
    words: str
    chart: Markup


@dataclass(frozen=True)
class Scaling:
    """The whole section."""

    seeds: int
    charts: list[ScalingChart]


def gather_scaling(scaling: str) -> Scaling:
    """Read a `scaling.json`.

    Raises:
        LooseleafError: if there is none.
    """
    content = read_results(scaling, "scaling.json", "looseleaf scale")
    charts = [
        _chart(of_axis["unit"], measure, found)
        for of_axis in content["axes"].values()
        for measure, found in of_axis["measures"].items()
    ]
    return Scaling(content["seeds"], charts)


def _chart(unit: str, measure: str, found: Mapping[str, Any]) -> ScalingChart:
    points = [(point["size"], point["value"]) for point in found["points"] if point["value"] > 0]
    series = [Series("trainings", points, "a", dots=True, line=False)]
    words = str(found.get("reason", ""))
    if "law" in found:
        following = found["next"]
        reach = [(following["size"], max(following[end], 1e-6)) for end in ("low", "high")]
        series = [
            Series("law", found["law"]["curve"], "mark"),
            Series("interval", reach, "b"),
            Series("prediction", [(following["size"], following["value"])], "b", dots=True),
            *series,
        ]
        words = _words(unit, found)
    chart = line_chart(series, unit, f"{_MEASURES[measure]} over {unit}", log_x=True, log_y=True)
    return ScalingChart(f"{_MEASURES[measure]}, by {unit}", words, chart)


def _words(unit: str, found: Mapping[str, Any]) -> str:
    law, check, following = found["law"], found.get("check"), found["next"]
    said = [f"It falls as the {law['exponent']:.2f}th power of {unit}, to {law['floor']:.3g} at the least."]
    if check:
        held = "as measured" if check["holds"] else "but it is not what was measured"
        said.append(
            f"Fitted without the largest size, the law predicts {_between(check)} there, {held} "
            f"({check['measured']:.3f})."
        )
    return " ".join([*said, f"At {following['size']:g} {unit}: {_between(following)}."])


def _between(prediction: Mapping[str, float]) -> str:
    return f"{prediction['value']:.3f} ({prediction['low']:.3f} to {prediction['high']:.3f})"
