"""What is usual in a document: the size of its text, its leading, and what its headings look like."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import median

from pipeline.extract.pdf.page import Line, Page

_LARGER = 1.12
#: Share of letters that are bold, or of a typewriter font, in a line that counts as such.
MOSTLY = 0.8
_MAX_WORDS = 25
_NUMBERED = re.compile(r"^(?:appendix\s+|anhang\s+)?(?:[A-Z]|\d+)(?:\.\d+)*\.?\s+\S", re.IGNORECASE)
_NO_HEADING = re.compile(r"[.:;,…]$|^[\W\d_]*$|\.\s?\.\s?\.")


#: Size, whether it is bold, and the font; no font where any will do.
Looks = tuple[float, bool, str]


@dataclass(frozen=True)
class Typography:
    """Of a document: `body` in points, `leading` in ems, and the level of each kind of larger line."""

    body: float
    leading: float
    mono_is_code: bool
    levels: dict[Looks, int]
    outlined: bool  # whether the document has an outline, which names its headings


def looks_of(line: Line) -> Looks:
    """Return what a heading is told by: its size, whether it is bold, and its font."""
    font = max(line.spans, key=lambda span: len(span.text)).style.font
    return round(line.size * 2) / 2, line.bold > MOSTLY, font


def typography(pages: Sequence[Page], furniture: set[int], marked: dict[int, tuple[int, int]]) -> Typography:
    """Measure a document.

    Args:
        pages: its pages.
        furniture: the lines that are none of its content, by `id`.
        marked: the lines that its outline names, by `id`, with number and level.
    """
    lines = [line for page in pages for line in page.lines() if id(line) not in furniture]
    letters: Counter[float] = Counter()
    mono = total = 0.0
    for line in lines:
        mono += line.mono * len(line.text)
        total += len(line.text)
        if line.mono < MOSTLY:
            letters[line.size] += len(line.text)
    body = letters.most_common(1)[0][0] if letters else (lines[0].size if lines else 10.0)
    levels = _outlined_levels(lines, marked) if marked else _levels(lines, body)
    return Typography(body, _leading(pages, body), mono < 0.6 * total, levels, bool(marked))


def _leading(pages: Sequence[Page], body: float) -> float:
    """Return the usual distance of two baselines of running text, in ems."""
    steps: Counter[float] = Counter()
    for page in pages:
        for column in page.columns:
            for above, line in pairwise(column):
                if isinstance(above, Line) and isinstance(line, Line) and above.size == line.size == body:
                    step = (line.baseline - above.baseline) / body
                    if 0.9 < step < 3.0:
                        steps[round(step * 20) / 20] += 1
    return steps.most_common(1)[0][0] if steps else 1.2


def _outlined_levels(lines: Sequence[Line], marked: dict[int, tuple[int, int]]) -> dict[Looks, int]:
    """Return the level that the outline gives to each look of its headings, at the median."""
    seen: dict[Looks, list[int]] = {}
    for line in lines:
        if id(line) in marked:
            seen.setdefault(looks_of(line), []).append(marked[id(line)][1])
    return {kind: round(median(levels)) for kind, levels in seen.items()}


def _levels(lines: Sequence[Line], body: float) -> dict[Looks, int]:
    """Return the levels of looks that stand out, the largest first."""
    seen: Counter[Looks] = Counter()
    for line in lines:
        if may_be_heading(line) and (line.size >= _LARGER * body or line.bold > MOSTLY):
            seen[*looks_of(line)[:2], ""] += 1
    ranked = sorted(seen, reverse=True)
    return {kind: min(rank + 1, 6) for rank, kind in enumerate(ranked) if kind[0] >= body - 0.25}


def may_be_heading(line: Line) -> bool:
    """Tell whether what a line says may be a heading."""
    text = line.text.strip()
    if line.mono > MOSTLY or line.math > 0.5 or not any(span.upright for span in line.spans):
        return False
    numbered = bool(_NUMBERED.match(text))
    return len(text.split()) <= _MAX_WORDS and (numbered or not _NO_HEADING.search(text)) and len(text) > 1


def heading_level(line: Line, known: Typography) -> int | None:
    """Return the level of a line that looks like a heading, though no outline names it.

    A bold line of the text's own size counts only where there is no outline, which would name it.
    """
    if not may_be_heading(line):
        return None
    looks = looks_of(line)
    level = known.levels.get(looks, known.levels.get((*looks[:2], "")))
    if line.size < _LARGER * known.body:
        return level if looks[1] and not known.outlined else None
    if level is not None:
        return level
    smaller = [level for (size, _, _), level in known.levels.items() if size < looks[0]]
    return max(min(smaller, default=2) - 1, 1)
