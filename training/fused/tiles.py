"""Logits of rows against columns, tile by tile, and what their gradient does to the vectors."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import torch
from torch import Tensor

from training.fused.labels import Labels, Places

#: Of a tile. Smaller ones make slower products, larger ones take more memory and leave the cache.
TILE_ROWS, TILE_COLUMNS = 512, 512


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
    of_rows: Tensor  # [n, D], their vectors in the wide type
    of_columns: Tensor  # [m, D]
    logits: Tensor  # [n, m], to be overwritten; -inf where a pair is ignored
    positives: Places  # within the tile


def tiles(units: Units, scale: Tensor, bias: Tensor | None = None) -> Iterator[Tile]:
    """Give the logits `scale * rows @ columns.T + bias` of every tile, row by row of tiles.

    Args:
        units: what is compared.
        scale: scalar.
        bias: scalar.
    """
    factor = float(scale)
    buffer = tile_buffer(units)
    for row in range(0, len(units.rows), TILE_ROWS):
        rows = slice(row, min(row + TILE_ROWS, len(units.rows)))
        of_rows = units.rows[rows].to(units.wide)
        for column in range(0, len(units.columns), TILE_COLUMNS):
            columns = slice(column, min(column + TILE_COLUMNS, len(units.columns)))
            of_columns = units.columns[columns].to(units.wide)
            logits = buffer[: len(of_rows) * len(of_columns)].view(len(of_rows), len(of_columns))
            torch.addmm(logits, of_rows, of_columns.T, beta=0, alpha=factor, out=logits)
            if bias is not None:
                logits += bias.to(units.wide)
            part = units.labels.part(rows, columns)
            positives = part.positives()
            if part.ignored_rows is not None:
                kept = logits[positives]
                logits[part.ignored()] = -torch.inf
                logits[positives] = kept
            yield Tile(rows, columns, of_rows, of_columns, logits, positives)


def tile_buffer(units: Units) -> Tensor:
    """Return room for the numbers of a tile."""
    size = min(TILE_ROWS, len(units.rows)) * min(TILE_COLUMNS, len(units.columns))
    return units.rows.new_empty(size, dtype=units.wide)


@dataclass(frozen=True)
class VectorGradients:
    """Gradients of a loss for its vectors, in the wide type, which lack the scale as a factor."""

    rows: Tensor  # [N, D]
    columns: Tensor  # [M, D]

    def add(self, tile: Tile, of_logits: Tensor) -> None:
        """Add what the gradient for a tile's logits [n, m] does."""
        self.rows[tile.rows].addmm_(of_logits, tile.of_columns)
        self.columns[tile.columns].addmm_(of_logits.T, tile.of_rows)

    def finish(self, rows: Tensor, scale: Tensor, factor: Tensor) -> Tensor:
        """Multiply by the scale and a factor, in place, and return the gradient of the scale.

        That gradient is Σ_ij g_ij r_i·c_j = Σ_i r_i·(Σ_j g_ij c_j): nothing but the rows is needed.

        Args:
            rows: vectors [N, D].
            scale: scalar.
            factor: scalar, the gradient of the loss.
        """
        total = self.rows.new_zeros((), dtype=torch.float64)
        for first in range(0, len(rows), TILE_ROWS):
            part = slice(first, first + TILE_ROWS)
            total += torch.linalg.vecdot(rows[part].to(self.rows.dtype), self.rows[part]).sum(
                dtype=torch.float64
            )
        self.rows.mul_(scale * factor)
        self.columns.mul_(scale * factor)
        return (total * factor).to(scale.dtype)


def no_gradients(units: Units) -> VectorGradients:
    """Return zeros to add gradients to."""
    rows, columns = units.rows, units.columns
    return VectorGradients(
        rows.new_zeros(rows.shape, dtype=units.wide), columns.new_zeros(columns.shape, dtype=units.wide)
    )
