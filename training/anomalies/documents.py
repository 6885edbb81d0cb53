"""Reports and their figures, as the detector looks at them."""

from __future__ import annotations

import re
from dataclasses import dataclass

# How units come out of pictures: "H=" and "H2" after a number are Hz, "MPs" is MPa.
_MISREAD = re.compile(r"(?<=\d )H[=2](?!\w)|\bMP[es@2]\b|(?<=\d )[*\"]C\b")


def _as_unit(misread: re.Match[str]) -> str:
    return {"H": "Hz", "M": "MPa"}.get(misread[0][0], "°C")


@dataclass(frozen=True)
class PictureWord:
    """A word that stands in a picture, with its box in pixels."""

    text: str
    left: int
    top: int
    width: int
    height: int
    vertical: bool = False


@dataclass(frozen=True)
class Report:
    """A document: its statements are texts and rows of tables, in reading order."""

    doc_id: str
    family: str  # documents of one family are siblings
    source: str
    statements: tuple[str, ...]

    @property
    def text(self) -> str:
        """All statements, a line each."""
        return "\n".join(self.statements)


@dataclass(frozen=True)
class Figure:
    """An image where it stands: its report, its own words (file name and alt), and the words in it."""

    report: int
    name: str
    words: tuple[PictureWord, ...]

    @property
    def lines(self) -> list[str]:
        """The words in the picture, line by line."""
        lines: list[list[PictureWord]] = []
        for word in self.words:
            last = lines[-1][-1] if lines else None
            if last is None or word.vertical != last.vertical or not _continues(last, word):
                lines.append([word])
            else:
                lines[-1].append(word)
        return [_MISREAD.sub(_as_unit, " ".join(word.text for word in line)) for line in lines]


def _continues(last: PictureWord, word: PictureWord) -> bool:
    if word.vertical:
        return abs(word.left - last.left) <= max(last.width, word.width)
    middle = word.top + word.height / 2
    gap = word.left - (last.left + last.width)
    # Ticks of an axis stand on one line too, but farther apart than words do.
    return last.top <= middle <= last.top + last.height and -last.height <= gap <= 2.5 * last.height
