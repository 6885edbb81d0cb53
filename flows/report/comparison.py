"""The methods of a bench beside each other, on each of its data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup

from flows.report.results import read_results
from flows.report.slices import parts_plot
from flows.report.svg import Dot, DotRow, dot_plot

_DATA = {
    "A": "Synthetic documents with a topic shortcut",
    "B": "Documents of emoji",
    "C": "Simulation reports",
    "D": "Real documents, order hidden",
    "E": "Real documents, whole packages held out",
    "P": "Simulation reports with copies under other names",
}
#: Where only the section that an image stands in is known, which its length alone half tells. Documents whose
#: images all stand in one section are left out: there no score can have more than one half.
_SECTIONS = ("D", "E")
#: Colour of each group: how much a method was told.
_TONES = {
    "order-free": ("both", "order-free"),
    "order-aware": ("words", "told the layout"),
    "floor": ("none", "floor: random pairs"),
    "ceiling": ("pixels", "ceiling: true pairs"),
    "untrained": ("none", "untrained"),
}
_DEFAULT = "unaligned"
#: Rows of all parts of an image, and what the charts call them.
_TOGETHER = {
    f"{_DEFAULT}/all": f"{_DEFAULT}, all parts",
    f"{_DEFAULT}/all_layout": f"{_DEFAULT}, all parts by layout",
}


@dataclass(frozen=True)
class Compared:
    """One data."""

    title: str
    note: str
    words: str
    plots: list[tuple[str, Markup]]
    added: Markup | None  # what each part of an image adds, where all of them were measured
    absent: list[str]  # parts that add nothing, for no image has them


@dataclass(frozen=True)
class Comparison:
    """The whole section."""

    seeds: int
    data: list[Compared]


def gather_comparison(bench: str) -> Comparison:
    """Read a `bench.json`.

    Raises:
        LooseleafError: if there is none.
    """
    content = read_results(bench, "bench.json", "looseleaf bench")
    data = [
        _compared(name, found["metrics"], content["steps"][name]) for name, found in content["data"].items()
    ]
    return Comparison(content["seeds"], data)


def _compared(name: str, metrics: Mapping[str, Mapping[str, Any]], steps: int) -> Compared:
    rows = _rows(metrics)
    measure, shown = ("in_doc_auc", "AUC")
    if name in _SECTIONS:
        measure, shown = "in_doc_auc_dc_apart", "AUC-dc where images stand in several sections"
    together = {_TOGETHER[row]: metrics[row] for row in _TOGETHER if row in metrics}
    plots = [
        (shown, _plot(rows | together, measure)),
        ("p@1", _plot(rows | together, "in_doc_p_at_1")),
    ]
    first = next(iter(rows.values()))
    some = f" ({int(first['apart_documents'])} with images in several sections)" if name in _SECTIONS else ""
    looked = "pixels and words" if any(row.endswith("/both") for row in metrics) else "pixels"
    note = f"{int(first['documents'])} documents{some}, by {looked}, {steps} steps of training"
    added, absent = parts_plot(next((row["parts"] for row in metrics.values() if "parts" in row), {}))
    return Compared(_DATA.get(name, name), note, _words(rows, measure), plots, added, absent)


def _rows(metrics: Mapping[str, Mapping[str, Any]]) -> dict[str, Mapping[str, Any]]:
    """Return a row for each method: of all that an image has, where it has more than pixels."""
    methods = dict.fromkeys(name.partition("/")[0] for name in metrics)
    parts = ("both", "pixels")
    found = {
        method: next((metrics[f"{method}/{part}"] for part in parts if f"{method}/{part}" in metrics), None)
        for method in methods
    }
    return {method: row for method, row in found.items() if row is not None}


def _plot(rows: Mapping[str, Mapping[str, Any]], measure: str) -> Markup:
    drawn = []
    ranked = sorted(rows.items(), key=lambda item: -(item[1].get(measure) or 0.0))
    for method, row in ranked:
        if row.get(measure) is not None:
            mean, spread = 100 * row[measure], 100 * (row.get(f"{measure}_spread") or 0.0)
            tone, told = _TONES[row["group"]]
            named = method.replace("_", " ")
            label = f"{named}, {told}: {mean:.1f} ± {spread:.1f}"
            ends = max(mean - spread, 0.0), min(mean + spread, 100.0)
            drawn.append(DotRow(named, [Dot(mean, spread, tone, label, ends)]))
    return dot_plot(drawn, [], f"{measure} of each method, best first")


def _words(rows: Mapping[str, Mapping[str, Any]], measure: str) -> str:
    points = {name: 100 * row[measure] for name, row in rows.items() if row.get(measure) is not None}
    free = {name: value for name, value in points.items() if rows[name]["group"] == "order-free"}
    if not free:
        return ""
    best = max(free, key=lambda name: free[name])
    said = [
        f"Of {len(free)} method{'' if len(free) == 1 else 's'} that saw neither order nor pairs, "
        f"{best.replace('_', ' ')} is best with {free[best]:.1f}."
    ]
    if _DEFAULT in free and best != _DEFAULT:
        said.append(f"The default has {free[_DEFAULT]:.1f}.")
    floor, ceiling = (points.get(name) for name in ("clip_random", "clip_true"))
    if _DEFAULT in free and floor is not None and ceiling is not None and ceiling > floor:
        share = 100 * (free[_DEFAULT] - floor) / (ceiling - floor)
        said.append(
            f"The default closes {share:.0f} % of the gap from random pairs ({floor:.1f}) to true pairs "
            f"({ceiling:.1f})."
        )
    return " ".join(said)
