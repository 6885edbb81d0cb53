"""The load cases that a picture and a report name."""

from __future__ import annotations

import re

_NAME = r"(?:LC|load[\s_-]*case|lastfall|subcase)[\s_-]*0*"
_IN_TEXT = re.compile(rf"(?<![A-Za-z]){_NAME}(\d{{1,3}})(?!\d)", re.IGNORECASE)
# In a picture a one is often read as a letter.
_IN_PICTURE = re.compile(rf"(?<![A-Za-z]){_NAME}(\d{{1,3}}|[Il|!])(?![\dA-Za-z])", re.IGNORECASE)


def named_in_text(text: str) -> set[int]:
    """Return the numbers of the load cases that a text or a file name names."""
    return {int(number) for number in _IN_TEXT.findall(text)}


def named_in_picture(text: str) -> set[int]:
    """Return the numbers of the load cases that a picture names."""
    return {int(number) if number.isdigit() else 1 for number in _IN_PICTURE.findall(text)}


def foreign_load_case(shown: set[int], told: set[int]) -> int | None:
    """Return a load case that a picture shows and its report, which names others, does not."""
    return min(shown) if shown and told and not shown & told else None
