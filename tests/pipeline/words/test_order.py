from __future__ import annotations

import random

from pipeline.words.order import in_order
from pipeline.words.word import Word


def word(text: str, left: float, top: float, height: float = 10.0, vertical: bool = False) -> Word:
    return Word(text, 90.0, left, top, 20.0, height, vertical)


def test_lines_from_the_top_and_words_from_the_left_whatever_their_order() -> None:
    page = [
        word("Mesh", 0, 0),
        word("size", 30, 2),  # a little lower: the same line
        word("3", 60, 1, 8),
        word("mm", 0, 20),
        word("axis", 5, 60, 40, vertical=True),
        word("other", 90, 60, 40, vertical=True),
    ]
    for seed in range(20):
        shuffled = random.Random(seed).sample(page, len(page))
        assert [one.text for one in in_order(shuffled)] == ["Mesh", "size", "3", "mm", "axis", "other"]


def test_nothing() -> None:
    assert in_order([]) == []
