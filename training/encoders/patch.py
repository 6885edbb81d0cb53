"""A small patch encoder, trained from scratch, for those who want no foreign weights."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from training.encoders.pixels import square_batch


class PatchEncoder(nn.Module):
    """A small vision transformer (Dosovitskiy et al. 2021, arXiv:2010.11929) over square images.

    Args:
        width: of its output.
        side: of the square, in pixels.
        patch: side of a patch, in pixels; must divide `side`.
        layers: number of transformer layers.
        heads: attention heads; must divide `width`.
    """

    def __init__(
        self, width: int = 192, side: int = 64, patch: int = 8, layers: int = 3, heads: int = 3
    ) -> None:
        super().__init__()
        self.width, self.side = width, side
        self.cut = nn.Conv2d(3, width, kernel_size=patch, stride=patch)
        self.place = nn.Parameter(0.02 * torch.randn((side // patch) ** 2, width))
        layer = nn.TransformerEncoderLayer(
            width, heads, 4 * width, dropout=0.0, activation="gelu", batch_first=True, norm_first=True
        )
        self.layers = nn.TransformerEncoder(layer, layers, enable_nested_tensor=False)
        self.norm = nn.LayerNorm(width)

    @property
    def blocks(self) -> list[nn.Module]:
        """The layers, each of which computes once for all images: their weights may be held apart."""
        return list(self.layers.layers)

    def forward(self, images: Tensor) -> Tensor:
        """Return one vector for each image.

        Args:
            images: what `prepare_images` gives, float32, [n, 3, side, side]; n may be 0.

        Returns:
            [n, width], float32; the mean over the patches.
        """
        if images.shape[0] == 0:
            return self.place.new_zeros((0, self.width))
        patches = self.cut(images).flatten(start_dim=2).transpose(1, 2) + self.place
        states: Tensor = self.norm(self.layers(patches))
        return states.mean(dim=1)


def prepare_images(images: list[bytes], side: int) -> Tensor:
    """Decode images to a patch encoder's input, float32 in [-1, 1], [n, 3, side, side].

    Raises:
        UndecodableImageError: if one of them cannot be decoded.
    """
    squares = torch.from_numpy(square_batch(images, side))
    return ((squares.float() - 127.0) / 128.0).permute(0, 3, 1, 2).contiguous()
