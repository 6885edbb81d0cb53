"""The sigmoid loss over all pairs of N rows and M columns, with its gradient from the same pass over tiles.

    2 / (N + M) · Σ_ij softplus(−y_ij (scale · cosine_ij + bias)),   y = 1 for a positive pair, −1 for others

which is SigLIP's loss (Zhai et al. 2023, arXiv:2303.15343) where N = M. A pair's gradient needs nothing of
other pairs, so that it is taken while the logits are there: three products in all.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable
from torch.nn.functional import logsigmoid

from training.fused.labels import Labels
from training.fused.tiles import Units, VectorGradients, finish_rows, no_gradients, tiles


def sigmoid(rows: Tensor, columns: Tensor, labels: Labels, scale: Tensor, bias: Tensor) -> Tensor:
    """Return the loss, a scalar in float32 (float64 where the vectors have it); zero without any vectors.

    Args:
        rows: vectors [N, D], of unit length for cosines; bfloat16 too, with float32 sums.
        columns: vectors [M, D].
        labels: which pairs are positive or ignored.
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
        small = logits.abs().neg_().exp_()
        # softplus(x) = max(x, 0) + log(1 + exp(-|x|)), and its derivative from the same exponential.
        upwards = logits > 0
        loss += logits.clamp_(min=0).sum(dtype=torch.float64) - logsigmoid(true).sum(dtype=torch.float64)
        loss += torch.log1p(small, out=logits).sum(dtype=torch.float64)
        if grads is None:
            continue
        total = torch.add(small, 1.0, out=logits)
        of_logits = small.masked_fill_(upwards, 1.0).div_(total)
        of_logits[positives] = -(-true).sigmoid()
        of_bias += of_logits.sum(dtype=torch.float64)
        grads.add(tile, of_logits)
    return Pass(loss, of_bias)


def share_of_pair(rows: int, columns: int) -> float:
    """Return what a pair's loss is multiplied by."""
    return 2 / max(rows + columns, 1)


class _Sigmoid(torch.autograd.Function):
    """Gradients are taken in forward and handed out once; another backward computes them again."""

    @staticmethod
    def forward(ctx: Any, rows: Tensor, columns: Tensor, scale: Tensor, *rest: Any) -> Tensor:
        bias, labels = rest
        units = Units(rows, columns, labels)
        grads = no_gradients(units) if any(ctx.needs_input_grad) else None
        found = add_pairs(units, scale, bias, grads)
        ctx.save_for_backward(rows, columns, scale, bias)
        ctx.labels, ctx.grads, ctx.of_bias = labels, grads, found.of_bias
        return (found.loss * share_of_pair(len(rows), len(columns))).to(units.wide)

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor, Tensor, Tensor, Tensor, None]:
        rows, columns, scale, bias = ctx.saved_tensors
        grads, of_bias = ctx.grads, ctx.of_bias
        ctx.grads = None
        if grads is None:
            units = Units(rows, columns, ctx.labels)
            grads = no_gradients(units)
            of_bias = add_pairs(units, scale, bias, grads).of_bias
        factor = grad * share_of_pair(len(rows), len(columns))
        of_scale = finish_rows(grads.rows, rows, scale) * factor
        return (
            grads.rows.mul_(factor).to(rows.dtype),
            grads.columns.mul_(factor).to(columns.dtype),
            of_scale.to(scale.dtype),
            (of_bias * factor).to(bias.dtype),
            None,
        )
