"""A head that starts as the identity: what the encoder knows is kept until training says otherwise."""

from __future__ import annotations

import torch
from torch import Tensor, nn


class ResidualHead(nn.Module):
    """x + MLP(LayerNorm(x)), whose last layer starts at zero.

    Args:
        width: of input and output.
        hidden: of the MLP; 0 leaves the identity.
    """

    def __init__(self, width: int, hidden: int) -> None:
        super().__init__()
        self.change: nn.Module | None = None
        if hidden:
            last = nn.Linear(hidden, width)
            nn.init.zeros_(last.weight)
            nn.init.zeros_(last.bias)
            self.change = nn.Sequential(nn.LayerNorm(width), nn.Linear(width, hidden), nn.GELU(), last)

    def forward(self, features: Tensor) -> Tensor:
        """Map features [n, width] to [n, width]."""
        if self.change is None:
            return features
        changed: Tensor = features + self.change(features)
        return changed


class Centre(nn.Module):
    """Subtracts a mean that was measured on training data (zero until it is set); never trained.

    Args:
        width: of the features.
    """

    mean: Tensor

    def __init__(self, width: int) -> None:
        super().__init__()
        self.register_buffer("mean", torch.zeros(width))

    def set(self, mean: Tensor) -> None:
        """Set the mean, [width]."""
        self.mean.copy_(mean)

    def forward(self, features: Tensor) -> Tensor:
        """Map features [n, width] to [n, width]."""
        return features - self.mean
