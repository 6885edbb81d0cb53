"""Numbered names, such as "run 2": the run that a picture shows, and the runs that a document speaks of."""

from __future__ import annotations

import re

_NUMBERED = re.compile(r"([^\W\d_]{3,})[ _-]0*(\d{1,3})(?![\d.,]*\d)")

#: The numbers that stand behind each word.
Names = dict[str, set[int]]


def numbered_names(text: str) -> Names:
    """Return the numbers that stand behind words: "Run 2 and run 4" is {"run": {2, 4}}."""
    found: Names = {}
    for word, number in _NUMBERED.findall(text):
        found.setdefault(word.lower(), set()).add(int(number))
    return found


def agreement(shown: Names, told: Names) -> float:
    """Return how many of the shown names a document tells, less those that it tells with other numbers."""
    total = 0.0
    for word, numbers in shown.items():
        if word in told:
            total += 1.0 if numbers & told[word] else -1.0
    return total


def only_there(shown: Names, own: Names, other: Names) -> list[str]:
    """Return the shown names that another document tells, and the own one does not."""
    return [
        f"{word} {number}"
        for word, numbers in shown.items()
        for number in sorted(numbers & other.get(word, set()) - own.get(word, set()))
    ]
