"""How well a figure goes with each document of its group, by each kind of evidence.

A figure goes with a document by what both say and the others of the group do not: what all of them say is no
evidence. Measures speak against a figure: that its document lacks this, that another one has it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from training.anomalies.confirm import Numbers, confirmation
from training.anomalies.documents import Figure, Report
from training.anomalies.names import agreement, numbered_names
from training.anomalies.readings import Reading
from training.anomalies.siblings import Group, group_problem
from training.units.lexical import Field, TermWeights, lexical_scores, term_weights

Floats = NDArray[np.float64]
#: Scores of a figure with some documents [D], by a model.
Affinity = Callable[[int, NDArray[np.int64]], Floats]

#: Measures of what the own document lacks, and of what the best of the others has.
_LACKING = ("numbers", "legend", "names")
_COMPARED = ("terms", "model")
NAMES = (
    *(f"{name} {side}" for name in _LACKING for side in ("here", "elsewhere")),
    "unconfirmed",
    *_COMPARED,
)


@dataclass(frozen=True)
class Compared:
    """A group with all that was found out."""

    group: Group
    confirmed: list[NDArray[np.bool_]]  # for each figure [readings, D]
    agreement: dict[str, Floats]  # numbers, legend, names, terms, model: [F, D], higher goes together
    unconfirmed: Floats  # [F, D], printed extremes that the document does not know

    def measures(self) -> Floats:
        """Return [F, D, measures]: what speaks against each figure in each document."""
        against: list[Floats] = []
        for name in _LACKING:
            against += [-self.agreement[name], _best_other(self.agreement[name])]
        against.append(self.unconfirmed)
        against += [_best_other(self.agreement[name]) - self.agreement[name] for name in _COMPARED]
        return np.stack(against, axis=2)


_WITH_DIGITS = re.compile(r"\S*\d\S*")


def _in_words(text: str) -> str:
    """Return a text without what holds digits: numbers and numbered names are compared as such."""
    return _WITH_DIGITS.sub(" ", text)


@dataclass(frozen=True)
class Terms:
    """The weights of terms in figures and documents; row and column of each group begin at its offsets."""

    weights: TermWeights
    first_row: list[int]
    first_column: list[int]


@dataclass(frozen=True)
class Material:
    """All documents and figures, with what was read in them."""

    reports: Sequence[Report]
    figures: Sequence[Figure]
    numbers: Sequence[Numbers]  # of each document
    read: Sequence[Sequence[Reading]]  # of each figure


def compare(
    groups: Sequence[Group], material: Material, affinity: Affinity | None
) -> tuple[list[Compared], Terms]:
    """Compare every figure with the documents of its group.

    Args:
        groups: of all figures.
        material: what is compared.
        affinity: of a trained model, if there is one.
    """
    reports, figures = material.reports, material.figures
    problem = group_problem(groups)
    order = [index for group in groups for index in group.figures.tolist()]
    fields = [
        Field([_in_words("\n".join(figures[index].lines)) for index in order]),
        Field([_in_words(figures[index].name) for index in order]),
    ]
    weights = term_weights(problem, fields, [_in_words(report.text) for report in reports])
    flat, found, start = lexical_scores(problem, weights), [], 0
    shown = [numbered_names("\n".join(figure.lines)) for figure in figures]
    told = [numbered_names(report.text) for report in reports]
    for group in groups:
        shape = (len(group.figures), len(group.reports))
        terms = flat[start : start + shape[0] * shape[1]].reshape(shape)
        start += shape[0] * shape[1]
        model = np.zeros(shape)
        if affinity is not None:
            model = np.stack([affinity(index, group.reports) for index in group.figures.tolist()])
        names = np.array(
            [
                [agreement(shown[index], told[report]) for report in group.reports.tolist()]
                for index in group.figures.tolist()
            ]
        )
        found.append(_compared(group, material, {"names": names, "terms": terms, "model": model}))
    rows, columns = problem.image_offsets[:-1].tolist(), problem.column_offsets[:-1].tolist()
    return found, Terms(weights, rows, columns)


def _compared(group: Group, material: Material, others: dict[str, Floats]) -> Compared:
    confirmed, counted, legend, unknown = [], [], [], []
    size = len(group.reports)
    for index in group.figures.tolist():
        own = material.read[index]
        known = np.array(
            [
                [confirmation(one, material.numbers[report]) is not None for report in group.reports.tolist()]
                for one in own
            ],
            dtype=np.bool_,
        ).reshape(len(own), size)
        # What all documents know says nothing, what one of them knows says most.
        rarity = np.log((1 + size) / (1 + known.sum(axis=1)))
        weight = rarity * np.array([one.weight for one in own])
        ends = np.array([one.is_legend for one in own], dtype=np.bool_)
        extremes = np.array([one.quantity.extreme and not one.is_legend for one in own], dtype=np.bool_)
        confirmed.append(known)
        counted.append((known * (weight * ~ends)[:, None]).sum(axis=0))
        legend.append((known * (weight * ends)[:, None]).sum(axis=0))
        unknown.append((~known * extremes[:, None]).any(axis=0).astype(np.float64))
    whole = {"numbers": np.stack(counted), "legend": np.stack(legend)} | others
    return Compared(group, confirmed, whole, np.stack(unknown))


def _best_other(scores: Floats) -> Floats:
    """Return the highest score of a row without each column's own, [F, D]; the own one where it is alone."""
    if scores.shape[1] == 1:
        return scores
    order = np.sort(scores, axis=1)
    best, second = order[:, -1:], order[:, -2:-1]
    alone = (scores == best).sum(axis=1, keepdims=True) == 1
    return np.where((scores == best) & alone, second, best)
