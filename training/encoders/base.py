"""What an encoder is, and the words in which one fails."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from storage.errors import LooseleafError
from training.unit_tokens import UnitTokens

Vectors = NDArray[np.float32]


class UndecodableImageError(LooseleafError):
    """Bytes that no image could be read from; the caller turns it into a rejection row."""


@runtime_checkable
class GivesTokens(Protocol):
    """An encoder that gives tokens beside one vector for each image, or each text."""

    def encode_tokens(self, items: list[Any], scales: Sequence[Any]) -> tuple[Vectors, UnitTokens]:
        """Return what `encode` does, and the tokens of each item at the asked scales, in its order."""
        ...


class ImageEncoder(Protocol):
    """A locked encoder of images.

    `name` is what a recipe calls it, `version` changes with its weights or its preparation of the input,
    `width` is the number of dimensions.
    """

    @property
    def name(self) -> str: ...  # noqa: D102
    @property
    def version(self) -> str: ...  # noqa: D102
    @property
    def width(self) -> int: ...  # noqa: D102

    def encode(self, images: list[bytes]) -> Vectors:
        """Return one vector for each image, [n, width], float32.

        Raises:
            UndecodableImageError: if one of the images cannot be decoded.
        """
        ...


class TextEncoder(Protocol):
    """A locked encoder of texts; see `ImageEncoder`."""

    @property
    def name(self) -> str: ...  # noqa: D102
    @property
    def version(self) -> str: ...  # noqa: D102
    @property
    def width(self) -> int: ...  # noqa: D102

    def encode(self, texts: list[str]) -> Vectors:
        """Return one vector for each text, [n, width], float32."""
        ...
