"""Where a run is good and where it is not, and what each part of an image adds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup

from flows.report.svg import Dot, DotRow, dot_plot
from storage.filesystem import exists, join
from training.run_directory import read_json

_KINDS = {
    "source": ("Source", "where a document came from"),
    "language": ("Language", "of most of a document's text"),
    "set size": ("Set size", "images times texts of a document"),
    "frequency": ("Frequency of terms", "in how many training documents a document's median term stands"),
}
_PARTS = {
    "pixels": "pixels",
    "words": "own words, as vectors",
    "lexical": "own words, matched",
    "picture_words": "words in pictures",
}


@dataclass(frozen=True)
class SliceGroup:
    """One way to cut the documents."""

    title: str
    note: str
    plot: Markup | None  # None where every slice is too small
    too_small: list[tuple[str, int]]  # name, and documents


@dataclass(frozen=True)
class Breakdown:
    """The whole section."""

    compared: list[tuple[str, str]]  # tone, and what is drawn in it
    groups: list[SliceGroup]
    parts: Markup | None  # what each part adds
    absent: list[str]  # parts that no image has


def gather_slices(run: str) -> Breakdown | None:
    """Read the slices and the parts of a run's `metrics.json`; None if they were not measured."""
    if not exists(join(run, "metrics.json")):
        return None
    content = read_json(run, "metrics.json")
    if not content.get("slices"):
        return None
    own = next(iter(content["metrics"])).partition("/")[0]
    drawn = {f"{own}/both": ("both", "the run"), "clip_random/both": ("pixels", "CLIP, random pairs")}
    drawn["untrained/both"] = ("none", "untrained")
    rows = content["slices"][0]["rows"]
    shown = {name: look for name, look in drawn.items() if name in rows}
    groups = [
        _group(title, note, [one for one in content["slices"] if one["kind"] == kind], shown)
        for kind, (title, note) in _KINDS.items()
    ]
    plot, absent = parts_plot(content.get("units") or {})
    return Breakdown(list(shown.values()), [group for group in groups if group is not None], plot, absent)


def _group(
    title: str, note: str, slices: Sequence[Mapping[str, Any]], shown: Mapping[str, tuple[str, str]]
) -> SliceGroup | None:
    if not slices:
        return None
    rows = [
        DotRow(
            f"{one['name']} · {one['documents']}",
            [_dot(one["rows"][name], tone, told) for name, (tone, told) in shown.items()],
        )
        for one in slices
        if not one["too_small"]
    ]
    label = f"AUC-dc by {title.lower()}, with 95 % intervals"
    return SliceGroup(
        title,
        note,
        dot_plot(rows, [(50.0, "chance")], label) if rows else None,
        [(one["name"], one["documents"]) for one in slices if one["too_small"]],
    )


def parts_plot(units: Mapping[str, Mapping[str, Any]]) -> tuple[Markup | None, list[str]]:
    """Return a chart of what each part of an image adds, None without any, and the parts without weight.

    Args:
        units: by part, what `UnitResult.told` gives.
    """
    measured = {name: unit for name, unit in units.items() if unit["mean"] is not None and unit["weight"] > 0}
    rows = [
        DotRow(_PARTS.get(name, name), [_dot(unit, "both", f"weight {unit['weight']:.2f}")])
        for name, unit in measured.items()
    ]
    absent = [_PARTS.get(name, name) for name in units if name not in measured]
    plot = dot_plot(rows, [(0.0, "nothing")], "AUC-dc that is lost without each part") if rows else None
    return plot, absent


def _dot(row: Mapping[str, float], tone: str, told: str) -> Dot:
    mean, low, high = (100 * row[name] for name in ("mean", "low", "high"))
    return Dot(mean, 0.0, tone, f"{told}: {mean:.1f} [{low:.1f}, {high:.1f}]", (low, high))
