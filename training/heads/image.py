"""One vector of an image from its pixels and its own words, either of which may be missing."""

from __future__ import annotations

import math
from typing import Literal

import torch
from torch import Tensor, nn

from training import ragged
from training.heads.residual import ResidualHead

#: What of an image is used.
Parts = Literal["pixels", "words", "both"]


class PixelHead(nn.Module):
    """LayerNorm, a linear map to the joint space, and a residual head on top.

    Args:
        pixel_width: of the image encoder.
        width: d of the joint space.
        hidden: of the residual head.
    """

    def __init__(self, pixel_width: int, width: int, hidden: int) -> None:
        super().__init__()
        self.norm = nn.LayerNorm(pixel_width)
        self.map = nn.Linear(pixel_width, width, bias=False)
        self.refine = ResidualHead(width, hidden)

    def forward(self, pixels: Tensor) -> Tensor:
        """Map features [n, pixel_width] to [n, width]."""
        refined: Tensor = self.refine(self.map(self.norm(pixels)))
        return refined


class Fusion(nn.Module):
    """Weighs pixels against words, for each image: share = sigmoid(bias + weights · [pixels, words]).

    The weights start at zero, so that every image starts with the same share and training calibrates it.

    Args:
        width: d of the joint space.
        pixel_share: share of the pixels at the start, between 0 and 1.
    """

    def __init__(self, width: int, pixel_share: float) -> None:
        super().__init__()
        if not 0 < pixel_share < 1:
            raise ValueError(f"pixel_share is {pixel_share}: it must lie between 0 and 1")
        self.gate = nn.Linear(2 * width, 1)
        nn.init.zeros_(self.gate.weight)
        nn.init.constant_(self.gate.bias, math.log(pixel_share / (1 - pixel_share)))

    def forward(self, pixels: Tensor, words: Tensor, use_pixels: Tensor, use_words: Tensor) -> Tensor:
        """Return unit vectors [n, d]; an unused part adds nothing, and an image without any part is zero.

        Args:
            pixels: unit vectors [n, d].
            words: unit vectors [n, d].
            use_pixels: bool [n].
            use_words: bool [n].
        """
        share = torch.sigmoid(self.gate(torch.cat([pixels, words], -1)))
        seen = torch.where(use_pixels[:, None], share * pixels, 0.0)
        read = torch.where(use_words[:, None], (1 - share) * words, 0.0)
        return ragged.unit(seen + read)
