"""SigLIP over all pairs of an image and a text: true within a document, false between documents.

Zhai et al. 2023, "Sigmoid Loss for Language Image Pre-Training". That every pair of a document is true is a
strong claim about loose sets: this is a baseline.
"""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn.functional import softplus

from training import ragged
from training.contrast.members import BLOCK_PAIRS, Sides, anchor_losses
from training.gather import total


def all_pairs_sigmoid(of: Sides, scale: Tensor, bias: Tensor, block_pairs: int = BLOCK_PAIRS) -> Tensor:
    """Return this worker's share of Σ softplus(-y (scale s + bias)), divided by the number of true pairs.

    Args:
        of: the members.
        scale: of the logits.
        bias: of the logits, learned.
        block_pairs: most products held at once; recomputed for the gradient.
    """
    images, texts = of.directions[0]

    def anchor_loss(logits: Tensor, own: Tensor, negatives: Tensor) -> Tensor:
        shifted = logits + bias
        false = torch.where(negatives, softplus(shifted), 0.0)
        return (false + torch.where(own, softplus(-shifted), 0.0)).sum(1)

    losses, _ = anchor_losses(images, texts, of.counterparts, (scale, anchor_loss), block_pairs)
    true_pairs = ragged.lengths(images.offsets) * ragged.lengths(of.local.text_offsets)
    return losses.sum() / max(total(true_pairs[of.counterparts.taken].sum()), 1.0)
