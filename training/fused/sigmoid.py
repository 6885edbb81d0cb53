"""The sigmoid loss over all pairs of N rows and M columns, with its gradient from the same pass over tiles.

    2 / (N + M) · Σ_ij softplus(−y_ij (scale · cosine_ij + bias)),   y = 1 for a positive pair, −1 for others

which is SigLIP's loss (Zhai et al. 2023, arXiv:2303.15343) where N = M. A pair's gradient needs nothing of
other pairs, so that it is taken while the logits are there: three products in all. Rows and columns may be
spread over workers (see `ring`); N and M are then those of all.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable
from torch.nn.functional import logsigmoid, softplus

from training.fused.labels import Labels
from training.fused.ring import Ring, ring_of
from training.fused.tiles import Units, VectorGradients, no_gradients, tiles

#: Where log(1 + exp(x)) is x, and exp(x) no infinity.
_LINEAR = 60.0


def sigmoid(rows: Tensor, columns: Tensor, labels: Labels, scale: Tensor, bias: Tensor) -> Tensor:
    """Return this worker's share of the loss, a scalar in float32 (float64 where the vectors have it).

    The shares of all workers sum to the loss over the rows and columns of all. The gradients of a worker's
    vectors are whole where the shares are summed, those of scale and bias are shares. Every worker must call
    it. Without any vectors the loss is zero.

    Args:
        rows: this worker's vectors [N, D], of unit length for cosines; bfloat16 too, with float32 sums.
        columns: vectors [M, D].
        labels: which pairs are positive or ignored, by ids that mean the same on all workers.
        scale: of the logits, a scalar; it gets a gradient.
        bias: of the logits, a scalar; it gets a gradient.
    """
    with torch.autocast(rows.device.type, enabled=False):
        loss: Tensor = _Sigmoid.apply(rows, columns, scale, bias, labels)  # type: ignore[no-untyped-call]
    return loss


@dataclass(frozen=True)
class Pass:
    """What a pass over tiles adds up."""

    loss: Tensor  # scalar in float64
    of_bias: Tensor  # scalar in float64


def add_pairs(units: Units, scale: Tensor, bias: Tensor, grads: VectorGradients | None) -> Pass:
    """Return the sum over all pairs and its gradient for the bias; add the vectors' gradients to `grads`.

    Args:
        units: what is compared.
        scale: of the logits.
        bias: of the logits.
        grads: to be added to; None spares two of the three products.
    """
    loss = units.rows.new_zeros((), dtype=torch.float64)
    of_bias = torch.zeros_like(loss)
    for tile in tiles(units, scale, bias):
        logits, positives = tile.logits, tile.positives
        true = logits[positives]
        logits[positives] = -torch.inf
        loss -= logsigmoid(true).sum(dtype=torch.float64)
        if logits.amax() <= 0:
            # softplus(x) = -log(1 - sigmoid(x)), which is quicker and loses no digit below 0.
            of_logits = logits.sigmoid_()
            loss -= of_logits.neg().log1p_().sum()
        else:
            loss += softplus(logits, threshold=_LINEAR).sum()
            of_logits = logits.sigmoid_()
        if grads is None:
            continue
        of_logits[positives] = -(-true).sigmoid()
        of_bias += of_logits.sum()
        grads.add(tile, of_logits)
    return Pass(loss, of_bias)


@dataclass(frozen=True)
class Whole:
    """The sums over a worker's rows and the columns of all, and the gradients of its vectors."""

    sums: Pass
    grads: VectorGradients | None


def meet_all(
    ring: Ring, rows: Tensor, columns: Tensor, scale: Tensor, *, bias: Tensor, wanted: bool
) -> Whole:
    """Let the rows meet the columns of all workers; see `add_pairs`.

    Args:
        ring: of the labels.
        rows: this worker's vectors [N, D].
        columns: this worker's vectors [M, D].
        scale: of the logits.
        bias: of the logits.
        wanted: whether gradients are.
    """
    grads = no_gradients(Units(rows, columns, ring.labels[ring.rank])) if wanted else None
    loss, of_bias = rows.new_zeros((), dtype=torch.float64), rows.new_zeros((), dtype=torch.float64)
    for visit in ring.visits(columns):
        found = add_pairs(Units(rows, visit.columns, visit.labels), scale, bias, grads)
        loss += found.loss
        of_bias += found.of_bias
        grads = None if grads is None else ring.pass_on(grads, visit)
    return Whole(Pass(loss, of_bias), grads)


def share_of_pair(ids: Labels) -> float:
    """Return what a pair's loss is multiplied by, from the rows and columns of all workers."""
    return 2 / max(len(ids.rows) + len(ids.columns), 1)


class _Sigmoid(torch.autograd.Function):
    """Gradients are taken in forward and handed out once; another backward computes them again."""

    @staticmethod
    def forward(ctx: Any, rows: Tensor, columns: Tensor, scale: Tensor, *rest: Any) -> Tensor:
        bias, labels = rest
        ring = ring_of(labels)
        found = meet_all(ring, rows, columns, scale, bias=bias, wanted=any(ctx.needs_input_grad))
        ctx.save_for_backward(rows, columns, scale, bias)
        ctx.ring, ctx.found = ring, found
        return (found.sums.loss * share_of_pair(ring.ids)).to(Units(rows, columns, labels).wide)

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor, Tensor, Tensor, Tensor, None]:
        rows, columns, scale, bias = ctx.saved_tensors
        found = ctx.found or meet_all(ctx.ring, rows, columns, scale, bias=bias, wanted=True)
        ctx.found = None
        grads = found.grads
        assert grads is not None
        factor = grad * share_of_pair(ctx.ring.ids)
        of_scale = grads.finish(rows, scale, factor)
        return (
            grads.rows.to(rows.dtype),
            grads.columns.to(columns.dtype),
            of_scale,
            (found.sums.of_bias * factor).to(bias.dtype),
            None,
        )
