"""SigLIP's loss over similarities of documents: each pair of documents is a question of its own."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn.functional import softplus

from training.contrast.counterparts import Counterparts
from training.precision import widened


def bag_sigmoid(forth: Tensor, scale: Tensor, bias: Tensor, counterparts: Counterparts) -> Tensor:
    """Return this worker's share of Σ softplus(-y (scale s + bias)) over pairs, divided by the things.

    y is 1 for one's own counterpart and -1 for negatives. (Zhai et al. 2023, "Sigmoid Loss for Language Image
    Pre-Training", for bags instead of single images and texts.)

    Args:
        forth: similarities [b, C] of local things to gathered counterparts. Every pair stands in the rows of
            exactly one worker, so the other direction is not needed.
        scale: of the logits.
        bias: of the logits, learned; it stands for how rare true pairs are.
        counterparts: which pairs are true, false or neither.

    Returns:
        The sum over local rows divided by how many things take part on all workers; zero when none do.
    """
    logits = scale * widened(forth) + bias
    true = logits.gather(1, counterparts.own[:, None])[:, 0]
    share = torch.where(counterparts.taken, softplus(-true), 0.0).sum()
    share = share + torch.where(counterparts.negatives, softplus(logits), 0.0).sum()
    return share / counterparts.count
