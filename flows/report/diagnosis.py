"""What the checks found of a training, and the curves that they rest on."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from flows.report.curves import Curve, smoothed
from flows.report.svg import Series, line_chart
from training.diagnosis.diary import is_diagnosed, last_findings, read_diagnosis
from training.lines import read_lines

Points = list[tuple[float, float]]

#: Singular values below this share of the largest are no part of a picture.
_LEAST_SINGULAR = 1e-3
_BOUND = 100.0  # of the scale


@dataclass(frozen=True)
class Check:
    """The outcome of one check."""

    name: str
    verdict: str  # found, suspected or passed
    sentence: str
    remedy: str


@dataclass(frozen=True)
class Course:
    """One check over the looks of a training; None where it was not made."""

    name: str
    verdicts: list[str | None]


@dataclass(frozen=True)
class Diagnosis:
    """The whole section."""

    where: str  # of which documents the checks are
    faults: list[Check]
    passed: list[Check]
    moments: list[str]
    courses: list[Course]
    charts: list[Curve]


def gather_diagnosis(run: str) -> Diagnosis | None:
    """Read a run's `diagnosis.json` and the curves of its progress; None if no check was made."""
    if not is_diagnosed(run):
        return None
    diagnosis = read_diagnosis(run)
    checks = [
        Check(_named(found["name"]), found["verdict"], found["sentence"], found["remedy"])
        for found in last_findings(diagnosis)
    ]
    looks, held_out = diagnosis["looks"], diagnosis.get("held_out")
    moments = [(f"step {look['step']}", look["findings"]) for look in looks]
    where = f"at step {looks[-1]['step']}" if looks else "before any step"
    if held_out:
        where = f"on {held_out['documents']} documents of the {held_out['split']} split"
        moments.append((held_out["split"], held_out["findings"]))
    lines = read_lines(run, "progress.jsonl")
    charts = [*_of_steps(lines), *(_of_vectors(held_out["curves"]) if held_out else [])]
    return Diagnosis(
        where,
        [check for check in checks if check.verdict != "passed"],
        [check for check in checks if check.verdict == "passed"],
        [name for name, _ in moments],
        _courses([findings for _, findings in moments]),
        [chart for chart in charts if chart is not None],
    )


def _courses(moments: Sequence[Sequence[Mapping[str, Any]]]) -> list[Course]:
    at_moment = [{finding["name"]: finding["verdict"] for finding in findings} for findings in moments]
    names = list(dict.fromkeys(name for verdicts in at_moment for name in verdicts))
    return [Course(_named(name), [verdicts.get(name) for verdicts in at_moment]) for name in names]


def _of_steps(lines: Sequence[Mapping[str, Any]]) -> list[Curve | None]:
    loss = [(float(line["step"]), float(line["loss"])) for line in lines]
    guessing = [
        (float(line["step"]), math.log(line["contrasted"])) for line in lines if line.get("contrasted")
    ]
    waiting = [
        (
            float(line["step"]),
            100 * line["data_seconds"] / max(line["data_seconds"] + line["compute_seconds"], 1e-9),
        )
        for line in lines
    ]
    scale = [(float(line["step"]), float(line["scale"])) for line in lines]
    bound = [(step, _BOUND) for step, _ in scale]
    return [
        _curve(
            "Plateau",
            "green the loss, dashed ln(batch): what guessing costs",
            [Series("loss", smoothed(loss), "a"), Series("guessing", guessing, "mark")],
            "step",
        )
        if guessing
        else None,
        _curve(
            "Temperature",
            "the scale of the logits, dashed its bound",
            [Series("scale", scale, "a"), Series("bound", bound, "mark")],
            "step",
        ),
        _curve(
            "Loader",
            "per cent of a step that waits for data; dashed where it is suspected",
            [
                Series("waiting", smoothed(waiting), "b"),
                Series("threshold", [(step, 10.0) for step, _ in waiting], "mark"),
            ],
            "step",
        ),
    ]


def _of_vectors(curves: Mapping[str, Any]) -> list[Curve | None]:
    spectra = [
        Series(
            name,
            [
                (float(place), value)
                for place, value in enumerate(values, start=1)
                if value >= _LEAST_SINGULAR
            ],
            ("a" if name.startswith("images") else "b") + (" dashed" if "encoder" in name else ""),
        )
        for name, values in curves["spectra"].items()
    ]
    occurrences = [(float(place), 100 * value) for place, value in enumerate(curves["occurrences"], start=1)]
    return [
        _curve(
            "Dimensions",
            "singular values; green images, orange texts, dashed what the encoders gave",
            spectra,
            "dimension",
            log_y=True,
        ),
        _curve(
            "Modality gap",
            "green images, orange texts, along the line between their means",
            _lines(curves["gap"]),
            "position",
        ),
        _curve(
            "Alignment",
            "cosines; green true pairs, orange any image and text",
            _lines(curves["pairs"]),
            "cosine",
        ),
        _curve(
            "Hubs",
            f"per cent of the images that have a text among their {curves['neighbours']} nearest",
            [Series("texts", occurrences, "a")],
            "texts, the most frequent first",
        ),
    ]


def _lines(histogram: Mapping[str, Any]) -> list[Series]:
    edges = histogram["edges"]
    middles = [(low + high) / 2 for low, high in pairwise(edges)]
    return [
        Series(name, list(zip(middles, (100 * share for share in shares), strict=True)), tone)
        for tone, (name, shares) in zip("ab", histogram["shares"].items(), strict=False)
    ]


def _curve(
    title: str, note: str, series: Sequence[Series], x_label: str, *, log_y: bool = False
) -> Curve | None:
    if not any(line.points for line in series):
        return None
    return Curve(title, note, line_chart(series, x_label, f"{title}: {note}", log_y=log_y))


def _named(name: str) -> str:
    return name.replace("_", " ")
