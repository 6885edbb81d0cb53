"""Symmetric InfoNCE over similarities, with masks, as a share of a loss that several workers add up."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor


@dataclass(frozen=True)
class Loss:
    """A worker's share: summed over the workers it is the loss of the whole batch; gradients likewise."""

    total: Tensor  # scalar, to call backward on
    terms: dict[str, Tensor]  # its parts, detached scalars, shares too


@dataclass(frozen=True)
class Counterparts:
    """What the C gathered things are to the b local ones."""

    own: Tensor  # int64 [b], the column of each local thing's true counterpart
    contrasted: Tensor  # bool [C], which gathered things take part at all
    ignored: Tensor  # bool [b, C], pairs that are neither true nor false; the own column counts nevertheless


def symmetric_infonce(forth: Tensor, back: Tensor, scale: Tensor, counterparts: Counterparts) -> Tensor:
    """Return this worker's share of ½ (cross entropy over columns + cross entropy over rows), a scalar.

    Args:
        forth: similarities [b, C] of local things to gathered counterparts, for instance images to texts.
        back: similarities [b, C] of the local things' other side, for instance texts to images.
        scale: of the logits.
        counterparts: which of them are true, false or neither.

    Returns:
        The sum over the local things that take part, divided by how many of the gathered ones do; zero when
        none do.
    """
    own, contrasted = counterparts.own, counterparts.contrasted
    taken = contrasted[own]
    is_own = own[:, None] == torch.arange(forth.shape[1], device=forth.device)
    allowed = is_own | (contrasted & taken[:, None] & ~counterparts.ignored)
    share = forth.new_zeros(())
    for similarity in (forth, back):
        logits = torch.where(allowed, scale * similarity, -torch.inf)
        true = logits.gather(1, own[:, None])[:, 0]
        share = share + torch.where(taken, logits.logsumexp(1) - true, 0.0).sum()
    return share / (2 * contrasted.sum().clamp(min=1))
