"""Symmetric InfoNCE over similarities, with masks, as a share of a loss that several workers add up."""

from __future__ import annotations

import torch
from torch import Tensor

from training.contrast.counterparts import Counterparts
from training.precision import widened


def symmetric_infonce(forth: Tensor, back: Tensor, scale: Tensor, counterparts: Counterparts) -> Tensor:
    """Return this worker's share of ½ (cross entropy over columns + cross entropy over rows), a scalar.

    CLIP's loss (Radford et al. 2021), where each thing has one true counterpart. With soft targets the cross
    entropy is that of the targets.

    Args:
        forth: similarities [b, C] of local things to gathered counterparts, for instance images to texts.
        back: similarities [b, C] of the local things' other side, for instance texts to images.
        scale: of the logits.
        counterparts: which of them are true, false or neither.

    Returns:
        The sum over the local things that take part, divided by how many do on all workers; zero when none
        do.
    """
    is_own, taken, targets = counterparts.is_own, counterparts.taken, counterparts.targets
    allowed = is_own | counterparts.negatives
    share = widened(forth).new_zeros(())
    for similarity in (forth, back):
        logits = scale * widened(similarity)
        if targets is None:
            true = logits.gather(1, counterparts.own[:, None])[:, 0]
        else:
            true = (targets * logits).sum(1)
        every = torch.where(allowed, logits, -torch.inf).logsumexp(1)
        share = share + torch.where(taken, every - true, 0.0).sum()
    return share / (2 * counterparts.count)


def guessing_infonce(counterparts: Counterparts) -> Tensor:
    """Return this worker's share of the loss of things that are all alike, a scalar without gradient."""
    against = counterparts.negatives.sum(1)
    return torch.log1p(against)[counterparts.taken].sum() / counterparts.count
