"""Decides whether a run takes the place of the best one."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pipeline.recipe.then import Metric


@dataclass(frozen=True)
class Verdict:
    """Whether the run is the best now, and why, in a sentence without its end."""

    promoted: bool
    why: str


def judge(new: Mapping[str, Any], best: Mapping[str, Any] | None, metric: Metric, margin: float) -> Verdict:
    """Compare two evaluations; only figures of the same documents can be compared.

    Args:
        new: what `evaluate` returned of the run.
        best: the same of the best run so far; None if there is none.
        metric: the figure that decides; more is better.
        margin: by how much it must be better.
    """
    value = _figure(new, metric)
    if value is None:
        return Verdict(False, f"its {metric} could not be measured")
    if best is None:
        return Verdict(True, f"{metric} {value:.4g}, and there was none before")
    if _measured_on(new) != _measured_on(best):
        return Verdict(False, "the two were measured on other documents: evaluate both on the same dataset")
    before = _figure(best, metric)
    if before is None:
        return Verdict(True, f"{metric} {value:.4g}, which could not be measured of the one before")
    if value > before + margin:
        return Verdict(True, f"{metric} {value:.4g} > {before:.4g} + {margin:g}")
    return Verdict(False, f"{metric} {value:.4g} is not above {before:.4g} + {margin:g}")


def _figure(evaluation: Mapping[str, Any], metric: Metric) -> float | None:
    """Return a figure of the run's own objective, whose rows come first, over pixels and words."""
    own = next((row for name, row in evaluation["metrics"].items() if name.endswith("/both")), None)
    value = None if own is None else own.get(metric)
    return float(value) if value is not None and math.isfinite(value) else None


def _measured_on(evaluation: Mapping[str, Any]) -> tuple[Any, ...]:
    return tuple(evaluation.get(name) for name in ("shards", "split", "documents"))
