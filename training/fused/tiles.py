"""Logits of rows against columns, tile by tile, and what their gradient does to the vectors."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import torch
from torch import Tensor

from training.fused.labels import Labels, Places

#: Of a tile: its copies stay in the cache, and its products run as fast as one over everything (measured).
TILE_ROWS, TILE_COLUMNS = 256, 512


@dataclass(frozen=True)
class Units:
    """N vectors, M others, and which of them belong together."""

    rows: Tensor  # [N, D], of any floating type
    columns: Tensor  # [M, D]
    labels: Labels

    @property
    def wide(self) -> torch.dtype:
        """The type to compute in: float32, or float64 where the vectors have it."""
        both = torch.promote_types(self.rows.dtype, self.columns.dtype)
        return torch.promote_types(both, torch.float32)


@dataclass(frozen=True)
class Tile:
    """The logits of some rows and columns; the tensor is used again for the next tile."""

    rows: slice
    columns: slice
    scaled: Tensor  # [n, D], the rows times the scale
    others: Tensor  # [m, D], the columns
    logits: Tensor  # [n, m], to be overwritten; -inf where a pair is ignored
    positives: Places  # within the tile


def tiles(units: Units, scale: Tensor, bias: Tensor | None = None) -> Iterator[Tile]:
    """Give the logits `scale * rows @ columns.T + bias` of every tile, row by row of tiles.

    Args:
        units: what is compared.
        scale: scalar.
        bias: scalar.
    """
    rows, columns, dtype = units.rows, units.columns, units.wide
    buffer = tile_buffer(units)
    for row in range(0, len(rows), TILE_ROWS):
        of_rows = slice(row, min(row + TILE_ROWS, len(rows)))
        scaled = rows[of_rows].to(dtype) * scale.to(dtype)
        for column in range(0, len(columns), TILE_COLUMNS):
            of_columns = slice(column, min(column + TILE_COLUMNS, len(columns)))
            others = columns[of_columns].to(dtype)
            logits = buffer[: len(scaled) * len(others)].view(len(scaled), len(others))
            torch.mm(scaled, others.T, out=logits)
            if bias is not None:
                logits += bias.to(dtype)
            part = units.labels.part(of_rows, of_columns)
            positives = part.positives()
            if part.ignored_rows is not None:
                kept = logits[positives]
                logits[part.ignored()] = -torch.inf
                logits[positives] = kept
            yield Tile(of_rows, of_columns, scaled, others, logits, positives)


def tile_buffer(units: Units) -> Tensor:
    """Return room for the numbers of a tile."""
    size = min(TILE_ROWS, len(units.rows)) * min(TILE_COLUMNS, len(units.columns))
    return units.rows.new_empty(size, dtype=units.wide)


@dataclass(frozen=True)
class VectorGradients:
    """Gradients of a loss for its vectors, in the wide type; those of the rows lack the scale as a factor."""

    rows: Tensor  # [N, D]
    columns: Tensor  # [M, D]

    def add(self, tile: Tile, of_logits: Tensor) -> None:
        """Add what the gradient for a tile's logits [n, m] does."""
        self.rows[tile.rows].addmm_(of_logits, tile.others)
        self.columns[tile.columns].addmm_(of_logits.T, tile.scaled)


def no_gradients(units: Units) -> VectorGradients:
    """Return zeros to add gradients to."""
    rows, columns = units.rows, units.columns
    return VectorGradients(
        rows.new_zeros(rows.shape, dtype=units.wide), columns.new_zeros(columns.shape, dtype=units.wide)
    )


def finish_rows(unscaled: Tensor, rows: Tensor, scale: Tensor) -> Tensor:
    """Multiply the rows' gradient by the scale, in place, and return the gradient of the scale.

    The gradient of the scale is Σ_ij g_ij r_i·c_j = Σ_i r_i·(Σ_j g_ij c_j): nothing but the rows is needed.

    Args:
        unscaled: as `VectorGradients.rows` [N, D].
        rows: vectors [N, D].
        scale: scalar.
    """
    total = unscaled.new_zeros((), dtype=torch.float64)
    for first in range(0, len(rows), TILE_ROWS):
        part = slice(first, first + TILE_ROWS)
        total += (rows[part] * unscaled[part]).sum(dtype=torch.float64)
    unscaled.mul_(scale)
    return total.to(scale.dtype)
