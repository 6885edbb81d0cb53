"""Noisy-or: two documents belong together if at least one pair of their members does.

    P(A, B) = 1 - Π_ij (1 - σ(z_ij)),   z = scale s + bias
    L(A, B) = -log(1 - P) = Σ_ij softplus(z_ij)
    loss    = L for two documents, -log(1 - exp(-L)) for one and itself

Zhang, Platt and Viola 2005, "Multiple Instance Boosting for Object Detection". Everything is kept as log L:
far from any match L itself underflows while its logarithm is about z.
"""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn.functional import softplus
from torch.utils.checkpoint import checkpoint

from training import ragged
from training.contrast.members import BLOCK_PAIRS, Sides
from training.precision import widened
from training.ragged import Sets


def noisy_or(of: Sides, scale: Tensor, bias: Tensor, block_pairs: int = BLOCK_PAIRS) -> Tensor:
    """Return this worker's share of the loss over pairs of documents, divided by the documents.

    Args:
        of: the members.
        scale: of the logits.
        bias: of the logits, learned.
        block_pairs: most products held at once, as long as one set of images fits; recomputed for the
            gradient.
    """
    log_evidence = _log_evidence(*of.directions[0], scale, bias, block_pairs)
    counterparts = of.counterparts
    true = log_evidence.gather(1, counterparts.own[:, None])[:, 0]
    share = torch.where(counterparts.taken, -log1mexp_of_log(true), 0.0).sum()
    share = share + torch.where(counterparts.negatives, log_evidence.exp(), 0.0).sum()
    return share / counterparts.count


def log1mexp_of_log(log_value: Tensor) -> Tensor:
    """Return log(1 - exp(-x)) for x given as its logarithm, any shape, exact where x underflows."""
    small = log_value < -4.0
    # log(1 - exp(-x)) = log x - x/2 + x²/24 - ..., for x below exp(-4)
    tiny = torch.where(small, log_value, -4.0).exp()
    near = log_value - tiny / 2 + tiny.square() / 24
    value = torch.where(small, 0.0, log_value).exp()
    below = value < 0.6931
    middle = torch.log(-torch.expm1(-torch.where(below, value, 0.5)))
    far = torch.log1p(-torch.exp(-torch.where(below, 1.0, value)))
    return torch.where(small, near, torch.where(below, middle, far))


def _log_softplus(values: Tensor) -> Tensor:
    """Log log(1 + exp(z)), which is about z where exp(z) underflows."""
    small = values < -12.0
    near = values - torch.where(small, values, -12.0).exp() / 2
    return torch.where(small, near, softplus(torch.where(small, 0.0, values)).log())


def _log_evidence(images: Sets, texts: Sets, scale: Tensor, bias: Tensor, block_pairs: int) -> Tensor:
    """Log L of each set of images with each set of texts, [B, C]; zero where one is empty."""
    text_ids = ragged.segment_ids(texts.offsets)
    starts = images.offsets.tolist()
    with torch.autocast(images.vectors.device.type, enabled=False):
        rows, columns = widened(images.vectors), widened(texts.vectors)

        def block(part: Sets, columns: Tensor, scale: Tensor, bias: Tensor) -> Tensor:
            evidence = _log_softplus(scale * (part.vectors @ columns.T) + bias)
            of_sets = ragged.segment_logsumexp(evidence, ragged.segment_ids(part.offsets), len(part))
            return ragged.segment_logsumexp(of_sets.T.contiguous(), text_ids, len(texts)).T

        parts = [rows.new_zeros(0, len(texts)) + 0.0 * (rows.sum() + columns.sum())]
        for first, last in ragged.row_blocks(images.offsets, max(block_pairs // max(len(columns), 1), 1)):
            chosen = Sets(
                rows[starts[first] : starts[last]], images.offsets[first : last + 1] - starts[first]
            )
            part: Tensor = checkpoint(
                block,
                chosen,
                columns,
                scale,
                bias,
                use_reentrant=False,
            )
            parts.append(part)
        held = images.held[:, None] & texts.held
        return torch.where(held, torch.cat(parts), 0.0)
