"""Which documents a figure is compared with: its own and its siblings."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from training.anomalies.documents import Figure, Report
from training.metrics.pairs import offsets_of
from training.metrics.problems import LinkProblem

#: Documents of the same source that stand in for siblings.
_STRANGERS = 8


@dataclass(frozen=True)
class Group:
    """Documents that are compared, D of them, and the figures that stand in them, F of them."""

    reports: NDArray[np.int64]  # [D]
    figures: NDArray[np.int64]  # [F]
    own: NDArray[np.int64]  # [F], the column of each figure's own document


def groups_of(reports: Sequence[Report], figures: Sequence[Figure], seed: int = 0) -> list[Group]:
    """Put documents into groups: those of a family, or, where one has no sibling, others of its source.

    Args:
        reports: all documents.
        figures: of these; every figure stands in one group.
        seed: draws the documents that stand in for siblings.
    """
    families: dict[str, list[int]] = defaultdict(list)
    sources: dict[str, list[int]] = defaultdict(list)
    shown: dict[int, list[int]] = defaultdict(list)
    for index, report in enumerate(reports):
        families[report.family].append(index)
        sources[report.source].append(index)
    for index, figure in enumerate(figures):
        shown[figure.report].append(index)
    draw = np.random.default_rng(seed)
    groups = []
    for members in families.values():
        compared = members
        if len(members) == 1:
            others = [index for index in sources[reports[members[0]].source] if index != members[0]]
            chosen = draw.permutation(len(others))[:_STRANGERS].tolist()
            compared = [*members, *sorted(others[index] for index in chosen)]
        held = [figure for index in members for figure in shown[index]]
        if held:
            place = {index: column for column, index in enumerate(compared)}
            own = [place[figures[figure].report] for figure in held]
            groups.append(Group(np.array(compared), np.array(held), np.array(own)))
    return groups


def group_problem(groups: Sequence[Group]) -> LinkProblem:
    """Ask for the links of each figure to the documents of its group, a column each; no truth is known."""
    members = np.concatenate([np.empty(0, np.int64), *(group.reports for group in groups)])
    sizes = [np.array([len(side) for side in sides]) for sides in _sides(groups)]
    return LinkProblem(
        offsets_of(sizes[0]),
        offsets_of(sizes[1]),
        members,
        np.arange(len(members) + 1),
        np.zeros(int((sizes[0] * sizes[1]).sum()), dtype=bool),
    )


def _sides(groups: Sequence[Group]) -> tuple[list[NDArray[np.int64]], list[NDArray[np.int64]]]:
    return [group.figures for group in groups], [group.reports for group in groups]
