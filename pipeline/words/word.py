"""A word that was read in a picture."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from PIL import Image


@dataclass(frozen=True)
class Word:
    """A word, the engine's confidence in it (0 to 100) and its box in pixels of the picture."""

    text: str
    confidence: float
    left: float
    top: float
    width: float
    height: float
    vertical: bool = False  # written from bottom to top

    def scaled(self, factor: float) -> Word:
        """Return the word with its box multiplied by `factor`."""
        return Word(
            self.text,
            self.confidence,
            self.left * factor,
            self.top * factor,
            self.width * factor,
            self.height * factor,
            self.vertical,
        )


class UnreadableImageError(Exception):
    """A picture that the engine could not read; the message is a sentence."""


@dataclass(frozen=True)
class Engine:
    """What reads words: its name and version, and the function, which takes a grey picture.

    The function raises `UnreadableImageError`.
    """

    name: str
    version: str
    read: Callable[[Image.Image], list[Word]]
