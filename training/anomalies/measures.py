"""How well a figure goes with each document of its group, by each kind of evidence.

A measure of a figure and a document is how much better it goes with the best of the others: what goes with
all of them equally says nothing.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from training.anomalies.confirm import Numbers, confirmation
from training.anomalies.documents import Figure, Report
from training.anomalies.readings import Reading
from training.anomalies.siblings import Group, group_problem
from training.units.lexical import Field, TermWeights, lexical_scores, term_weights

Floats = NDArray[np.float64]
#: Scores of a figure with some documents [D], by a model.
Affinity = Callable[[int, NDArray[np.int64]], Floats]

NAMES = ("numbers", "legend", "unconfirmed", "terms", "model")


@dataclass(frozen=True)
class Compared:
    """A group with all that was found out."""

    group: Group
    confirmed: list[NDArray[np.bool_]]  # for each figure [readings, D]
    agreement: dict[str, Floats]  # numbers, legend, terms, model: [F, D], higher goes together
    unconfirmed: Floats  # [F, D], printed extremes that the document does not know

    def measures(self) -> Floats:
        """Return [F, D, measures]: what speaks against each figure in each document."""
        against = {name: _best_other(scores) - scores for name, scores in self.agreement.items()}
        against["unconfirmed"] = self.unconfirmed
        return np.stack([against[name] for name in NAMES], axis=2)


_NUMBERED = re.compile(r"([^\W\d_]{2,})[ _-]0*(\d{1,3})(?![\d.,]*\d)")


def with_numbered(text: str) -> str:
    """Return a text with a term of its own for each word and the number after it: "run 2" adds "run2"."""
    return "\n".join([text, *(f"{word}{number}" for word, number in _NUMBERED.findall(text))])


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
        Field([with_numbered("\n".join(figures[index].lines)) for index in order]),
        Field([with_numbered(figures[index].name) for index in order]),
    ]
    weights = term_weights(problem, fields, [with_numbered(report.text) for report in reports])
    flat, found, start = lexical_scores(problem, weights), [], 0
    for group in groups:
        shape = (len(group.figures), len(group.reports))
        terms = flat[start : start + shape[0] * shape[1]].reshape(shape)
        start += shape[0] * shape[1]
        model = np.zeros(shape)
        if affinity is not None:
            model = np.stack([affinity(index, group.reports) for index in group.figures.tolist()])
        found.append(_compared(group, material, {"terms": terms, "model": model}))
    rows, columns = problem.image_offsets[:-1].tolist(), problem.column_offsets[:-1].tolist()
    return found, Terms(weights, rows, columns)


def _compared(group: Group, material: Material, agreement: dict[str, Floats]) -> Compared:
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
    whole = {"numbers": np.stack(counted), "legend": np.stack(legend)} | agreement
    return Compared(group, confirmed, whole, np.stack(unknown))


def _best_other(scores: Floats) -> Floats:
    """Return the highest score of a row without each column's own, [F, D]; the own one where it is alone."""
    if scores.shape[1] == 1:
        return scores
    order = np.sort(scores, axis=1)
    best, second = order[:, -1:], order[:, -2:-1]
    alone = (scores == best).sum(axis=1, keepdims=True) == 1
    return np.where((scores == best) & alone, second, best)
