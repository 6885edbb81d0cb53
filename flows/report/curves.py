"""How a training went: its curves, and where its time was spent."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup

from flows.report.svg import Series, line_chart
from training.lines import read_lines

_SMOOTH = 0.1  # weight of a new value in the running mean of the loss


@dataclass(frozen=True)
class Curve:
    """One chart."""

    title: str
    note: str
    chart: Markup


@dataclass(frozen=True)
class Training:
    """The whole section."""

    curves: list[Curve]
    steps: int
    data_seconds: float
    compute_seconds: float
    samples_per_second: float

    @property
    def data_share(self) -> float:
        """The share of the time that was spent on waiting for data, 0 to 1."""
        return self.data_seconds / max(self.data_seconds + self.compute_seconds, 1e-9)


def gather_training(run: str) -> Training | None:
    """Read a run's `progress.jsonl`; None if it holds no step yet."""
    lines = read_lines(run, "progress.jsonl")
    if not lines:
        return None
    data = sum(line["data_seconds"] for line in lines)
    compute = sum(line["compute_seconds"] for line in lines)
    samples = sum(
        line["samples_per_second"] * (line["data_seconds"] + line["compute_seconds"]) for line in lines
    )
    return Training(curves(lines), lines[-1]["step"], data, compute, samples / max(data + compute, 1e-9))


def curves(lines: Sequence[dict[str, Any]]) -> list[Curve]:
    """Return a chart of everything that these lines of a run's `progress.jsonl` hold."""
    loss = _points(lines, "loss")
    auc = [(step, 100 * value) for step, value in _points(lines, "valid_in_doc_auc")]
    centred = [(step, 100 * value) for step, value in _points(lines, "valid_in_doc_auc_dc")]
    charts = [
        (
            "Loss",
            "each step, and its running mean",
            [Series("step", loss, "pale"), Series("mean", smoothed(loss), "a")],
        ),
        (
            "Validation AUC",
            "documents held out while training; green AUC, orange AUC-dc",
            [Series("AUC", auc, "a", dots=True), Series("AUC-dc", centred, "b", dots=True)],
        ),
        ("Scale of the logits", "learned; at most 100", [Series("scale", _points(lines, "scale"), "a")]),
        ("Learning rate", "warm-up, then the schedule", [Series("rate", _points(lines, "lr"), "a")]),
    ]
    return [
        Curve(title, note, line_chart(series, "step", f"{title} over the steps"))
        for title, note, series in charts
        if any(line.points for line in series)
    ]


def smoothed(points: Sequence[tuple[float, float]]) -> list[tuple[float, float]]:
    """Return an exponential running mean that does not lean on the first value."""
    mean = weight = 0.0
    found = []
    for x, y in points:
        mean, weight = mean + _SMOOTH * (y - mean), weight + _SMOOTH * (1 - weight)
        found.append((x, mean / weight))
    return found


def _points(lines: Sequence[dict[str, Any]], name: str) -> list[tuple[float, float]]:
    return [(float(line["step"]), float(line[name])) for line in lines if line.get(name) is not None]
