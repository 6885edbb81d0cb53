"""InfoNCE over all pairs of N rows and M columns, both ways, in tiles that backward computes again.

    ½ mean_i [ log Σ_j exp(l_ij) − mean_{j of i} l_ij ] + ½ mean_j [ log Σ_i exp(l_ij) − mean_{i of j} l_ij ]

with l = scale · cosine, the means over rows and columns that have a positive. With one positive each it is
CLIP's loss (Radford et al. 2021), with several the outer form of SupCon (Khosla et al. 2020) between two
kinds of things. All sums must be known before a gradient can be: one product for the sums, then again one for
the logits and two for the gradients. Nothing of the size N x M is kept. Rows and columns may be spread over
workers (see `ring`).
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable

from training.fused.labels import Labels, count_matches
from training.fused.ring import logsumexp_over_workers, ring_of
from training.fused.tiles import Tile, Units, no_gradients, tile_buffer, tiles

#: A sum of shifted exponentials is trusted from exp(-this) on: terms of 1e-7 of it are still normal numbers.
_LEAST = {torch.float32: 69.0, torch.float64: 660.0}


def infonce(rows: Tensor, columns: Tensor, labels: Labels, scale: Tensor) -> Tensor:
    """Return this worker's share of the loss, a scalar in float32 (float64 where the vectors have it).

    The shares of all workers sum to the loss over the rows and columns of all. The gradients of a worker's
    vectors are whole where the shares are summed, that of the scale is a share. Every worker must call it.
    Rows and columns without a positive are negatives of the others, and nothing else. Without any positive
    the loss is zero.

    Args:
        rows: this worker's vectors [N, D], of unit length for cosines; bfloat16 too, with float32 sums.
        columns: vectors [M, D].
        labels: which pairs are positive or ignored, by ids that mean the same on all workers.
        scale: of the logits, a scalar; it gets a gradient.
    """
    with torch.autocast(rows.device.type, enabled=False):
        loss: Tensor = _InfoNCE.apply(rows, columns, scale, labels)  # type: ignore[no-untyped-call]
    return loss


@dataclass(frozen=True)
class Weights:
    """What rows and columns count for: ½ / anchors, or 0 without a positive; and that for each positive."""

    rows: Tensor  # [N]
    columns: Tensor  # [M]
    row_positives: Tensor  # [N]
    column_positives: Tensor  # [M]

    def of_positives(self, tile: Tile) -> Tensor:
        """Return what is subtracted for each positive pair of a tile, [P]."""
        row, column = tile.positives
        return self.row_positives[tile.rows][row] + self.column_positives[tile.columns][column]

    def part(self, rows: slice, columns: slice) -> Weights:
        """Return the weights of some rows and columns."""
        return Weights(
            self.rows[rows],
            self.columns[columns],
            self.row_positives[rows],
            self.column_positives[columns],
        )


def anchor_weights(labels: Labels, dtype: torch.dtype) -> Weights:
    """Return the weights of all rows and columns."""
    rows, row_positives = _weights(count_matches(labels.rows, labels.columns), dtype)
    columns, column_positives = _weights(count_matches(labels.columns, labels.rows), dtype)
    return Weights(rows, columns, row_positives, column_positives)


def _weights(counts: Tensor, dtype: torch.dtype) -> tuple[Tensor, Tensor]:
    anchors = (counts > 0).to(dtype)
    weights = anchors / (2 * anchors.sum().clamp(min=1))
    return weights, weights / counts.clamp(min=1)


@dataclass(frozen=True)
class LogSums:
    """What the first pass finds."""

    rows: Tensor  # [N], log Σ_j exp(l_ij); -inf where there is nothing
    columns: Tensor  # [M]
    positives: Tensor  # scalar in float64, the weighted sum of the positive logits


def log_sums(units: Units, scale: Tensor, weights: Weights) -> LogSums:
    """Return the logarithms of the sums of both directions.

    One exponential serves both, shifted by one number for all. Where that leaves some row or column with
    next to nothing, the pass is done again with each one's own maximum.
    """
    shift = _shift(units, scale)
    found = _shared_log_sums(units, scale, weights, shift)
    if _is_safe(found.rows, shift) and _is_safe(found.columns, shift):
        return found
    return _separate_log_sums(units, scale, weights)


def _shared_log_sums(units: Units, scale: Tensor, weights: Weights, shift: float) -> LogSums:
    dtype = units.wide
    over_columns = units.rows.new_zeros(len(units.rows), dtype=dtype)
    over_rows = units.rows.new_zeros(len(units.columns), dtype=dtype)
    positives = units.rows.new_zeros((), dtype=torch.float64)
    for tile in tiles(units, scale):
        positives += (tile.logits[tile.positives] * weights.of_positives(tile)).sum(dtype=torch.float64)
        shares = _shifted(tile.logits, shift).exp_()
        over_columns[tile.rows] += shares.sum(1)
        over_rows[tile.columns] += shares.sum(0)
    return LogSums(over_columns.log_().add_(shift), over_rows.log_().add_(shift), positives)


def _separate_log_sums(units: Units, scale: Tensor, weights: Weights) -> LogSums:
    dtype = units.wide
    over_columns = units.rows.new_full((len(units.rows),), -torch.inf, dtype=dtype)
    over_rows = units.rows.new_full((len(units.columns),), -torch.inf, dtype=dtype)
    positives = units.rows.new_zeros((), dtype=torch.float64)
    for tile in tiles(units, scale):
        positives += (tile.logits[tile.positives] * weights.of_positives(tile)).sum(dtype=torch.float64)
        over_columns[tile.rows] = torch.logaddexp(over_columns[tile.rows], tile.logits.logsumexp(1))
        over_rows[tile.columns] = torch.logaddexp(over_rows[tile.columns], tile.logits.logsumexp(0))
    return LogSums(over_columns, over_rows, positives)


def loss_of(sums: LogSums, weights: Weights) -> Tensor:
    """Return the loss, a scalar in float64."""
    return _weighted(weights.rows, sums.rows) + _weighted(weights.columns, sums.columns) - sums.positives


def _weighted(weights: Tensor, values: Tensor) -> Tensor:
    return torch.where(weights > 0, weights * values, 0.0).sum(dtype=torch.float64)


def gradients(
    units: Units, scale: Tensor, weights: Weights, over_columns: Tensor, over_rows: Tensor
) -> Iterator[tuple[Tile, Tensor]]:
    """Give every tile with the gradient for its logits, [n, m], which is overwritten by the next one.

    Args:
        units: what is contrasted.
        scale: of the logits.
        weights: of rows and columns.
        over_columns: [N], log Σ_j exp(l_ij) over all columns that there are.
        over_rows: [M], log Σ_i exp(l_ij) over all rows that there are.
    """
    shift = _shift(units, scale)
    # What does not count has a weight of zero, and must not make it 0 · inf.
    over_columns = torch.where(weights.rows != 0, over_columns, shift)
    over_rows = torch.where(weights.columns != 0, over_rows, shift)
    shared = _is_safe(over_columns, shift) and _is_safe(over_rows, shift)
    by_row = weights.rows * (shift - over_columns).exp() if shared else weights.rows
    by_column = weights.columns * (shift - over_rows).exp() if shared else weights.columns
    factors = tile_buffer(units)
    for tile in tiles(units, scale):
        grad = tile.logits
        factor = factors[: grad.numel()].view_as(grad)
        if shared:
            torch.add(by_row[tile.rows, None], by_column[tile.columns], out=factor)
            _shifted(grad, shift).exp_().mul_(factor)
        else:
            torch.sub(grad, over_rows[tile.columns], out=factor).exp_().mul_(by_column[tile.columns])
            grad.sub_(over_columns[tile.rows, None]).exp_().mul_(by_row[tile.rows, None]).add_(factor)
        grad[tile.positives] -= weights.of_positives(tile)
        yield tile, grad


def _shift(units: Units, scale: Tensor) -> float:
    """Return what must be subtracted from the logits so that no sum of exponentials overflows."""
    rows, columns = units.rows, units.columns
    if not len(rows) or not len(columns):
        return 0.0
    longest = [float(torch.linalg.vector_norm(of, dim=1).max()) for of in (rows, columns)]
    bound = abs(float(scale)) * longest[0] * longest[1]
    room = math.log(torch.finfo(units.wide).max) - math.log(max(len(rows), len(columns))) - 1
    return max(0.0, bound - room)


def _shifted(logits: Tensor, shift: float) -> Tensor:
    """The logits less the shift, in place; it mostly is zero."""
    return logits.sub_(shift) if shift else logits


def _is_safe(log_sums: Tensor, shift: float) -> bool:
    """Say whether shifted exponentials keep their digits; NaN is not."""
    return not len(log_sums) or float(log_sums.min()) - shift >= -_LEAST[log_sums.dtype]


class _InfoNCE(torch.autograd.Function):
    """Vectors and the sums of rows and columns are saved; tiles live while they are worked on."""

    @staticmethod
    def forward(ctx: Any, rows: Tensor, columns: Tensor, scale: Tensor, labels: Labels) -> Tensor:
        ring = ring_of(labels)
        wide = Units(rows, columns, labels).wide
        weights = anchor_weights(ring.ids, wide)
        over_columns = rows.new_full((len(rows),), -torch.inf, dtype=wide)
        over_rows = rows.new_full((len(weights.columns),), -torch.inf, dtype=wide)
        positives = rows.new_zeros((), dtype=torch.float64)
        for visit in ring.visits(columns):
            units = Units(rows, visit.columns, visit.labels)
            found = log_sums(units, scale, weights.part(ring.own[0], visit.place))
            over_columns = torch.logaddexp(over_columns, found.rows)
            over_rows[visit.place] = found.columns
            positives += found.positives
        over_rows = logsumexp_over_workers(over_rows)
        ctx.save_for_backward(rows, columns, scale, over_columns, over_rows)
        ctx.labels, ctx.ring, ctx.weights = labels, ring, weights
        sums = LogSums(over_columns, over_rows[ring.own[1]], positives)
        return loss_of(sums, weights.part(*ring.own)).to(wide)

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor, Tensor, Tensor, None]:
        rows, columns, scale, over_columns, over_rows = ctx.saved_tensors
        grads = no_gradients(Units(rows, columns, ctx.labels))
        for visit in ctx.ring.visits(columns):
            units = Units(rows, visit.columns, visit.labels)
            part = ctx.weights.part(ctx.ring.own[0], visit.place)
            for tile, of_logits in gradients(units, scale, part, over_columns, over_rows[visit.place]):
                grads.add(tile, of_logits)
            grads = ctx.ring.pass_on(grads, visit)
        of_scale = grads.finish(rows, scale, grad)
        return grads.rows.to(rows.dtype), grads.columns.to(columns.dtype), of_scale, None
