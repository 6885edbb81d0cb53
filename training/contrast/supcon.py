"""SupCon: every member of one's own document is right. On loose sets that is untrue, and it hurts.

    loss of an anchor = log Σ_own and negatives exp(scale s) - mean_own scale s

Khosla et al. 2020, "Supervised Contrastive Learning", the form with the mean outside of the logarithm.
"""

from __future__ import annotations

import torch
from torch import Tensor

from training.contrast.members import BLOCK_PAIRS, Sides, both_ways


def supcon(of: Sides, scale: Tensor, block_pairs: int = BLOCK_PAIRS) -> Tensor:
    """Return this worker's share of the loss over images and texts; see `both_ways`."""
    return both_ways(of, scale, _anchor_loss, block_pairs)


def _anchor_loss(logits: Tensor, own: Tensor, negatives: Tensor) -> Tensor:
    every = torch.where(own | negatives, logits, -torch.inf).logsumexp(1)
    return every - torch.where(own, logits, 0.0).sum(1) / own.sum(1)
