"""Finds figures that do not belong to their text, with the evidence in words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from training.anomalies.calibrate import PRIOR, Calibration, calibrate
from training.anomalies.confirm import confirmation, mistaken_unit, numbers_of, unlike_siblings
from training.anomalies.documents import Figure, Report
from training.anomalies.load_cases import foreign_load_case, named_in_picture, named_in_text
from training.anomalies.measures import NAMES, Affinity, Compared, Material, Terms, compare
from training.anomalies.names import numbered_names, only_there
from training.anomalies.readings import Reading, readings
from training.anomalies.siblings import groups_of
from training.units.lexical import matched_terms

Kind = Literal["other run", "unit", "load case"]
#: How often a picture's load case is misread, or named for comparison.
_MISREAD_CASE = 0.03
_MOST_SAID = 3


@dataclass(frozen=True)
class Evidence:
    """What speaks against a figure, in words."""

    kind: Kind
    source: str  # numbers, legend, names, terms, model, unit, load case
    sentence: str


@dataclass(frozen=True)
class Anomaly:
    """A figure, and how likely it is that it does not belong to its text."""

    figure: int
    probability: float  # of any of the kinds
    kinds: dict[Kind, float]
    nearest: int | None  # the document that it goes with best, where that is not its own
    evidence: tuple[Evidence, ...]  # strongest kind first
    told: bool  # a number in it is said by some of the documents that it is compared with, not by all


@dataclass(frozen=True)
class Findings:
    """All figures, most suspicious first, and how kinds of evidence are weighed."""

    anomalies: list[Anomaly]
    calibration: Calibration


def find_anomalies(
    reports: Sequence[Report],
    figures: Sequence[Figure],
    affinity: Affinity | None = None,
    prior: float = PRIOR,
) -> Findings:
    """Rank figures by the probability that they do not belong to their text.

    Args:
        reports: documents; those of one family are siblings, with which a figure may have been exchanged.
        figures: of these, with the words that stand in them.
        affinity: scores of figures with documents by a trained model.
        prior: the share of figures that is expected to be wrong.

    Returns:
        Every figure once. The probability is calibrated on figures put before the texts of their siblings.
    """
    numbers, read = [numbers_of(report) for report in reports], [readings(figure) for figure in figures]
    material = Material(reports, figures, numbers, read)
    groups = groups_of(reports, figures)
    if not groups:
        return Findings([], calibrate(NAMES, np.empty((0, len(NAMES))), np.empty((0, len(NAMES)))))
    compared, terms = compare(groups, material, affinity)
    all_measures = [one.measures() for one in compared]
    rows = [np.arange(len(one.group.figures)) for one in compared]
    own = np.concatenate(
        [m[r, one.group.own] for m, r, one in zip(all_measures, rows, compared, strict=True)]
    )
    wrong = np.concatenate([_others(m, one.group.own) for m, one in zip(all_measures, compared, strict=True)])
    calibration = calibrate(NAMES, own, wrong)
    found, start = [], 0
    for number, one in enumerate(compared):
        count = len(one.group.figures)
        swapped = calibration.probability(own[start : start + count], prior)
        start += count
        for row, index in enumerate(one.group.figures.tolist()):
            case = _Case(index, number, row, one, material)
            found.append(_judged(case, float(swapped[row]), _Judge(terms, calibration, prior)))
    found.sort(key=lambda anomaly: -anomaly.probability)
    return Findings(found, calibration)


@dataclass(frozen=True)
class _Case:
    """One figure with its group."""

    index: int  # of the figure
    group: int
    row: int  # of the figure in its group
    compared: Compared
    material: Material

    @property
    def figure(self) -> Figure:
        """The figure."""
        return self.material.figures[self.index]

    @property
    def read(self) -> Sequence[Reading]:
        """What is read in it."""
        return self.material.read[self.index]

    @property
    def own(self) -> int:
        """The column of its own document."""
        return int(self.compared.group.own[self.row])

    @property
    def report(self) -> int:
        """Its own document."""
        return self.figure.report


@dataclass(frozen=True)
class _Judge:
    """What figures are judged by."""

    terms: Terms
    calibration: Calibration
    prior: float


def _others(measures: np.ndarray, own: np.ndarray) -> np.ndarray:
    """Return the measures of figures before the texts of others, [F (D - 1), k]."""
    other = np.arange(measures.shape[1]) != own[:, None]
    return np.asarray(measures[other])


def _judged(case: _Case, swapped: float, judge: _Judge) -> Anomaly:
    kinds: dict[Kind, float] = {"other run": swapped}
    evidence: list[Evidence] = []
    unit, sentence = _wrong_unit(case, judge.prior)
    if sentence:
        kinds["unit"] = unit
        evidence.append(Evidence("unit", "unit", sentence))
    sentence = _wrong_case(case)
    if sentence:
        kinds["load case"] = _posterior(judge.prior, _MISREAD_CASE)
        evidence.append(Evidence("load case", "load case", sentence))
    nearest = _nearest(case, judge.calibration)
    evidence += _of_another(case, nearest, judge.terms)
    evidence.sort(key=lambda one: -kinds[one.kind])
    probability = 1.0 - float(np.prod([1.0 - value for value in kinds.values()]))
    said_by = case.compared.confirmed[case.row].sum(axis=1)
    told = bool(((said_by > 0) & (said_by < len(case.compared.group.reports))).any())
    return Anomaly(case.index, probability, kinds, nearest, tuple(evidence), told)


def _wrong_unit(case: _Case, prior: float) -> tuple[float, str]:
    """Look for the number of a picture in another unit than the picture's, or than the siblings'."""
    known = case.compared.confirmed[case.row][:, case.own]
    material = case.material
    siblings = [
        material.numbers[report] for report in case.compared.group.reports.tolist() if report != case.report
    ]
    best, sentence = 0.0, ""
    for reading, confirmed in zip(case.read, known, strict=True):
        own = material.numbers[case.report]
        mistake = unlike_siblings(reading, own, siblings) if confirmed else mistaken_unit(reading, own)
        if mistake is None or _posterior(prior, mistake.chance) <= best:
            continue
        best = _posterior(prior, mistake.chance)
        shown, why = _shown(reading), ""
        if reading.is_legend:
            shown = f"a legend up to {reading.quantity.said} in {reading.units[0].name}"
        if mistake.usual is not None:
            why = f"; its siblings give such numbers in {mistake.usual.name}"
        sentence = f"The picture shows {shown}, its text says \u201c{mistake.said.statement}\u201d{why}."
    return best, sentence


def _posterior(prior: float, chance: float) -> float:
    """Return the probability of a fault that was seen and is seen with `chance` where there is none."""
    return prior / (prior + (1 - prior) * chance)


def _wrong_case(case: _Case) -> str:
    told = named_in_text(case.material.reports[case.report].text)
    shown = {
        "picture": named_in_picture("\n".join(case.figure.lines)),
        "file name": named_in_text(case.figure.name),
    }
    for where, named in shown.items():
        foreign = foreign_load_case(named, told)
        if foreign is not None:
            names = ", ".join(f"{number}" for number in sorted(told))
            return f"The {where} names load case {foreign}, its text only {names}."
    return ""


def _nearest(case: _Case, calibration: Calibration) -> int | None:
    """Return the document that a figure goes with best; None where it is its own."""
    said = calibration.probability(case.compared.measures()[case.row])
    best = int(said.argmin())
    return None if said[best] >= said[case.own] else int(case.compared.group.reports[best])


def _of_another(case: _Case, nearest: int | None, terms: Terms) -> list[Evidence]:
    """Say what the document that a figure goes with best knows, and its own does not."""
    found: list[Evidence] = []
    known = case.compared.confirmed[case.row]
    if nearest is None:
        unknown = [
            reading
            for reading, row in zip(case.read, known, strict=True)
            if reading.quantity.extreme and not reading.is_legend and not row.any()
        ]
        return [
            Evidence("other run", "numbers", f"The picture shows {_shown(reading)}, its text does not.")
            for reading in unknown[:1]
        ]
    column = int(np.flatnonzero(case.compared.group.reports == nearest)[0])
    name = case.material.reports[nearest].doc_id
    for reading, row in zip(case.read, known, strict=True):
        if not row[column] or row[case.own]:
            continue
        said = confirmation(reading, case.material.numbers[nearest])
        assert said is not None
        kind = "legend" if reading.is_legend else "numbers"
        shown = f"a legend up to {reading.quantity.said}" if reading.is_legend else _shown(reading)
        told = f"The picture shows {shown}; its own text does not, that of {name} says "
        found.append(Evidence("other run", kind, f"{told}\u201c{said.statement}\u201d."))
    here, there = (numbered_names(case.material.reports[one].text) for one in (case.report, nearest))
    for named in only_there(numbered_names("\n".join(case.figure.lines)), here, there)[:1]:
        told_so = f"The picture names \u201c{named}\u201d, as {name} does and its own text does not."
        found.append(Evidence("other run", "names", told_so))
    words = _words(case, column, terms)
    if words:
        told = f"The picture or its name says {', '.join(words)}, as {name} does and its own text does not."
        found.append(Evidence("other run", "terms", told))
    model = case.compared.agreement["model"][case.row]
    if model[column] > model[case.own]:
        told = f"The model puts it nearer to {name} ({model[column]:.2f}) than to its own text"
        found.append(Evidence("other run", "model", f"{told} ({model[case.own]:.2f})."))
    return found


def _words(case: _Case, column: int, terms: Terms) -> list[str]:
    image, first = terms.first_row[case.group] + case.row, terms.first_column[case.group]
    own = {term for term, _ in matched_terms(terms.weights, image, first + case.own)}
    other = [term for term, _ in matched_terms(terms.weights, image, first + column) if term not in own]
    return [f"\u201c{term}\u201d" for term in other[:_MOST_SAID]]


def _shown(reading: Reading) -> str:
    said = reading.quantity.statement
    return f"\u201c{said}\u201d" if any(letter.isalpha() for letter in said) else reading.quantity.said
