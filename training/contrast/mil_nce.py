"""MIL-NCE: some member of one's own document is right, and which one need not be known.

    loss of an anchor = log Σ_own and negatives exp(scale s) - log Σ_own exp(scale s)

Miech et al. 2020, "End-to-End Learning of Visual Representations from Uncurated Instructional Videos". Own
members stand once in the first sum, so that a perfect alignment costs nothing.
"""

from __future__ import annotations

import torch
from torch import Tensor

from training.contrast.members import BLOCK_PAIRS, Sides, both_ways


def mil_nce(of: Sides, scale: Tensor, block_pairs: int = BLOCK_PAIRS) -> Tensor:
    """Return this worker's share of the loss over images and texts; see `both_ways`."""
    return both_ways(of, scale, _anchor_loss, block_pairs)


def _anchor_loss(logits: Tensor, own: Tensor, negatives: Tensor) -> Tensor:
    every = torch.where(own | negatives, logits, -torch.inf).logsumexp(1)
    return every - torch.where(own, logits, -torch.inf).logsumexp(1)
