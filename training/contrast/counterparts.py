"""Who is true, who is false and who is neither, for things of one worker among those of all workers."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from training.gather import total


@dataclass(frozen=True)
class Counterparts:
    """What the C gathered things are to the b local ones."""

    own: Tensor  # int64 [b], the column of each local thing's true counterpart
    negatives: Tensor  # bool [b, C]; never the own column
    taken: Tensor  # bool [b], which local things have a negative and so take part
    count: float  # how many things take part on all workers, at least 1
    targets: Tensor | None = None  # float32 [b, C], soft truth on own and negatives; its rows sum to one

    @property
    def is_own(self) -> Tensor:
        """The own column of each local thing, bool [b, C]."""
        return self.own[:, None] == torch.arange(self.negatives.shape[1], device=self.own.device)


def counterparts(own: Tensor, contrasted: Tensor, ignored: Tensor) -> Counterparts:
    """Return the counterparts; every worker must call it.

    A thing without any negative has nothing to be told apart from: it takes no part, on no side, and does not
    count. (`ignored` is symmetric over the workers, so it is nobody's negative either.)

    Args:
        own: int64 [b], the column of each local thing's true counterpart.
        contrasted: bool [C], which gathered things can take part at all.
        ignored: bool [b, C], pairs that are neither true nor false.
    """
    is_own = own[:, None] == torch.arange(len(contrasted), device=own.device)
    negatives = contrasted[own][:, None] & contrasted & ~ignored & ~is_own
    taken = negatives.any(1)
    return Counterparts(own, negatives, taken, max(total(taken.sum()), 1.0))
