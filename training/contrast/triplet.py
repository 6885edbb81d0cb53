"""Triplets with hard margins: one negative of each thing, the one that says most."""

from __future__ import annotations

import torch
from torch import Tensor

from training.choices import HardNegative
from training.contrast.counterparts import Counterparts
from training.precision import widened


def hard_triplet(
    forth: Tensor, back: Tensor, margin: float, negative: HardNegative, counterparts: Counterparts
) -> Tensor:
    """Return this worker's share of the mean of max(0, margin + s_negative - s_true), both ways.

    Hardest: Faghri et al. 2018, "VSE++". Semi-hard: Schroff et al. 2015, "FaceNet".

    Args:
        forth: similarities [b, C] of local things to gathered counterparts.
        back: similarities [b, C] of the local things' other side.
        margin: in units of the similarity; there is no scale.
        negative: which one is chosen.
        counterparts: which pairs are true, false or neither.

    Returns:
        The sum over the local things that take part, divided by how many do on all workers and by two.
    """
    share = widened(forth).new_zeros(())
    for similarity in (widened(forth), widened(back)):
        true = similarity.gather(1, counterparts.own[:, None])
        chosen = similarity.gather(1, _choose(similarity.detach(), true.detach(), negative, counterparts))
        hinge = (margin + chosen - true)[:, 0].clamp(min=0)
        share = share + torch.where(counterparts.taken, hinge, 0.0).sum()
    return share / (2 * counterparts.count)


def _choose(similarity: Tensor, true: Tensor, negative: HardNegative, counterparts: Counterparts) -> Tensor:
    """The column of each row's negative, int64 [b, 1]; of a row without negatives any."""
    if not similarity.numel():
        return counterparts.own[:, None]
    least = torch.where(counterparts.negatives, similarity, torch.inf).argmin(1, keepdim=True)
    candidates = counterparts.negatives
    if negative == "semi_hard":
        candidates = candidates & (similarity < true)
    most = torch.where(candidates, similarity, -torch.inf).argmax(1, keepdim=True)
    return torch.where(candidates.any(1, keepdim=True), most, least)
