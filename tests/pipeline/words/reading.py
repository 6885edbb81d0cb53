"""How many of the words that were drawn an engine gives back."""

from __future__ import annotations

from collections.abc import Iterable

from pipeline.words.stage import read_words
from pipeline.words.word import Engine
from tests.drawn_labels import Drawn


def share_read(engine: Engine, pictures: Iterable[Drawn]) -> tuple[float, list[str]]:
    """Return the share of the words that came back, and those that did not."""
    lost: list[str] = []
    drawn = 0
    for picture in pictures:
        found = {word.text.strip(".,:;()|") for word in read_words(picture.data, engine, 50.0)}
        drawn += len(picture.words)
        lost += [f"{picture.kind}: {word}" for word in picture.words if word not in found]
    return 1.0 - len(lost) / drawn, lost
