"""A function over pictures, or over texts, as an encoder: batches, order and decoding around it."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import torch
from PIL import Image

from training.encoders.base import Vectors
from training.encoders.pixels import square_pixels
from training.encoders.token_batches import batches_by_length

_BATCH = 16
_TOKENS_A_BATCH = 8192


class WrappedImageEncoder:
    """A model of a hub as an encoder of images.

    Args:
        name: with its prefix, as the recipe has it.
        version: of the library and the weights.
        side: the square that the model wants, in pixels.
        features: from pictures to vectors [n, width].
    """

    def __init__(
        self, name: str, version: str, side: int, features: Callable[[list[Image.Image]], torch.Tensor]
    ) -> None:
        self.name = name
        self.version = version
        self._side = side
        self._features = features
        self.width = int(self._run([Image.new("RGB", (side, side))]).shape[1])

    def encode(self, images: list[bytes]) -> Vectors:
        """Return one vector for each image, [n, width].

        Raises:
            UndecodableImageError: if one of the images cannot be decoded.
        """
        vectors = np.empty((len(images), self.width), dtype=np.float32)
        for start in range(0, len(images), _BATCH):
            pictures = [
                Image.fromarray(square_pixels(data, self._side)) for data in images[start : start + _BATCH]
            ]
            vectors[start : start + len(pictures)] = self._run(pictures)
        return vectors

    @torch.inference_mode()
    def _run(self, pictures: list[Image.Image]) -> Vectors:
        return self._features(pictures).float().numpy()


class WrappedTextEncoder:
    """A model of a hub as an encoder of texts.

    Args:
        name: with its prefix, as the recipe has it.
        version: of the library and the weights.
        length: a text's tokens, or anything that grows with them.
        features: from texts to vectors [n, width].
    """

    def __init__(
        self,
        name: str,
        version: str,
        length: Callable[[str], int],
        features: Callable[[list[str]], torch.Tensor],
    ) -> None:
        self.name = name
        self.version = version
        self._length = length
        self._features = features
        self.width = int(self._run(["a"]).shape[1])

    def encode(self, texts: list[str]) -> Vectors:
        """Return one vector for each text, [n, width]."""
        vectors = np.empty((len(texts), self.width), dtype=np.float32)
        for batch in batches_by_length([self._length(text) for text in texts], _TOKENS_A_BATCH):
            vectors[batch] = self._run([texts[index] for index in batch])
        return vectors

    @torch.inference_mode()
    def _run(self, texts: list[str]) -> Vectors:
        return self._features(texts).float().numpy()
