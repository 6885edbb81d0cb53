"""What an objective returns: a share of a loss that several workers add up."""

from __future__ import annotations

from dataclasses import dataclass

from torch import Tensor


@dataclass(frozen=True)
class Loss:
    """A worker's share: summed over the workers it is the loss of the whole batch; gradients likewise."""

    total: Tensor  # scalar, to call backward on
    terms: dict[str, Tensor]  # its parts, detached scalars, shares too
