"""Input decks and scripts as code, their long blocks of numbers cut, and their comments as text."""

from __future__ import annotations

import re

from pipeline.extract.builder import Builder
from pipeline.extract.case.files import CaseFile, CaseLimits, Problem, cut_problem, read_excerpt
from pipeline.extract.case.logs.messages import MOST, comments_of
from pipeline.extract.case.numbers import counted
from pipeline.extract.case.roles import language_of_deck

#: Lines of numbers in a row that are kept, and lines of a deck altogether.
NUMBER_LINES = 4
MOST_LINES = 600
_LONGEST_LINE = 2000
#: The frame with its own name that OpenFOAM puts above every file.
_BANNER = re.compile(r"\A\s*/\*-{20,}.*?-{20,}\*[/\\]\n(?:\\\*-+\*/\n)?", re.DOTALL)
_NUMBERS = re.compile(r"^[\s\d.,;()+\-eEdD*&]+$")


def read_deck(builder: Builder, file: CaseFile, limits: CaseLimits) -> list[Problem]:
    """Add a deck's elements.

    Raises:
        OSError: if the file cannot be read.
    """
    excerpt = read_excerpt(file, limits.max_text_bytes)
    lines = [*excerpt.head.splitlines(), *excerpt.tail.splitlines()]
    kept, cut = _without_numbers(_BANNER.sub("", "\n".join(lines)).splitlines())
    for note in comments_of(lines)[:MOST]:
        builder.add("text", note)
    left_out = cut + max(0, len(kept) - MOST_LINES)
    builder.add("code", "\n".join(kept[:MOST_LINES]), code_language=language_of_deck(file.path, excerpt.head))
    if left_out:
        what = f"{file.name} has {counted(len(lines), 'line')}"
        builder.add("text", f"{what}, of which {left_out} are left out, mostly numbers.")
    return cut_problem(file, excerpt, limits.max_text_bytes)


def _without_numbers(lines: list[str]) -> tuple[list[str], int]:
    """Return the lines without the rest of each long run of numbers, and how many those were."""
    kept: list[str] = []
    run = cut = 0
    for line in [*lines, ""]:
        if line.strip() and _NUMBERS.match(line[:_LONGEST_LINE]):
            run += 1
            if run > NUMBER_LINES:
                continue
        elif run > NUMBER_LINES:
            kept.append(f"... {counted(run - NUMBER_LINES, 'more line')} of numbers")
            cut, run = cut + run - NUMBER_LINES, 0
        else:
            run = 0
        kept.append(line if len(line) <= _LONGEST_LINE else f"{line[:_LONGEST_LINE]} ...")
    return kept[:-1], cut
