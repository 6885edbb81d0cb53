"""Which of N rows and M columns belong together, by ids, and the pairs that are no negatives."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from training import ragged

#: Rows and columns of the same place in both are a pair.
Places = tuple[Tensor, Tensor]


@dataclass(frozen=True)
class Labels:
    """Ids of rows and columns, for instance of images and texts.

    A pair is positive where the ids are equal. It is ignored where it is not positive and one of its K
    ignored ids is equal (the document, the family, a hash of near-duplicates). All others are negative. An id
    below zero equals nothing.

    Raises:
        ValueError: if ignored ids are given for one side only, or not as many for both.
    """

    rows: Tensor  # int64 [N]
    columns: Tensor  # int64 [M]
    ignored_rows: Tensor | None = None  # int64 [N, K]
    ignored_columns: Tensor | None = None  # int64 [M, K]

    def __post_init__(self) -> None:
        if (self.ignored_rows is None) != (self.ignored_columns is None):
            raise ValueError("ignored ids are given for one side only: give them for rows and columns")
        if self.ignored_rows is None or self.ignored_columns is None:
            return
        if self.ignored_rows.shape[1] != self.ignored_columns.shape[1]:
            raise ValueError(
                f"rows have {self.ignored_rows.shape[1]} ignored ids and columns "
                f"{self.ignored_columns.shape[1]}: give as many for both"
            )

    def part(self, rows: slice, columns: slice) -> Labels:
        """Return the labels of a tile."""
        return Labels(
            self.rows[rows],
            self.columns[columns],
            None if self.ignored_rows is None else self.ignored_rows[rows],
            None if self.ignored_columns is None else self.ignored_columns[columns],
        )

    def positives(self) -> Places:
        """Return the pairs with equal ids, each once."""
        return matches(self.rows, self.columns)

    def ignored(self) -> Places:
        """Return the pairs with an equal ignored id, a pair once for each such id; positives may be among."""
        if self.ignored_rows is None or self.ignored_columns is None:
            none = self.rows.new_zeros(0)
            return none, none
        found = [matches(*ids) for ids in zip(self.ignored_rows.T, self.ignored_columns.T, strict=True)]
        return torch.cat([rows for rows, _ in found]), torch.cat([columns for _, columns in found])


def matches(rows: Tensor, columns: Tensor) -> Places:
    """Return every (row, column) whose ids are equal and not negative, int64 [P] each.

    Args:
        rows: int64 [n].
        columns: int64 [m].
    """
    ordered, order = columns.sort()
    first, sizes = _runs(rows, ordered)
    if not sizes.any():  # as in most tiles
        return sizes[:0], sizes[:0]
    found = torch.repeat_interleave(torch.arange(len(rows), device=rows.device), sizes)
    return found, order[ragged.ranges(first, sizes)]


def count_matches(rows: Tensor, columns: Tensor) -> Tensor:
    """Return for each row with how many columns it shares its id, int64 [n]."""
    return _runs(rows, columns.sort().values)[1]


def _runs(rows: Tensor, ordered: Tensor) -> tuple[Tensor, Tensor]:
    """Return where each row's id begins in the ordered ids, and how often it stands there."""
    ids = rows.contiguous()
    first = torch.searchsorted(ordered, ids)
    sizes = torch.searchsorted(ordered, ids, right=True) - first
    return first, torch.where(ids >= 0, sizes, 0)
