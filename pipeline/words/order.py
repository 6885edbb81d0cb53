"""Words in the order in which a picture is read: line by line, then what is written upwards."""

from __future__ import annotations

from collections.abc import Sequence

from pipeline.words.word import Word


def in_order(words: Sequence[Word]) -> list[Word]:
    """Return words by lines from top to bottom, within a line from left to right; upright ones last.

    Two words are on one line if the middle of the lower one is within the height of the first one's.
    """
    level = sorted((word for word in words if not word.vertical), key=lambda word: (word.top, word.left))
    lines: list[list[Word]] = []
    for word in level:
        middle = word.top + word.height / 2
        line = next(
            (line for line in reversed(lines) if line[0].top <= middle <= line[0].top + line[0].height), None
        )
        if line is None:
            lines.append([word])
        else:
            line.append(word)
    upright = sorted((word for word in words if word.vertical), key=lambda word: (word.left, -word.top))
    return [word for line in lines for word in sorted(line, key=lambda word: word.left)] + upright
