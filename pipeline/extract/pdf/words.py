"""Words on lines: what a row of spans says, and how a caption or a list item begins."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from pipeline.extract.pdf.glyphs import Span

_GAP = 0.18
#: "Figure 3.2: ...", in the languages of Europe and East Asia; the group is what it names.
CAPTION = re.compile(
    r"\s*(?:(?P<figure>fig(?:ure|\.|ura|uur|ur)?|abb(?:ildung|\.)|bild|scheme|plate|chart|photo|image|рис(?:унок|\.)|図|图|圖)"
    r"|(?P<table>tab(?:le|elle|leau|la|\.)|exhibit|example|listing|表))"
    r"\s*\.?\s*(?:[A-Z][.\-]?)?\d+(?:[.\-]\d+)*(?:\s*[a-z]\b)?\s*(?:[:.|\-–—)]|$|\s)",
    re.IGNORECASE,
)
_BULLETS = "•‣◦▪▫■□●○◆◇►▶▸–—*✓✔➢➤\u2043\uf0b7\uf0a7\uf0d8\uf076\u2219\u00b7-"
_MARKER = re.compile(
    rf"(?P<bullet>[{re.escape(_BULLETS)}])(?=\s|$)|(?P<number>\(?(?:\d{{1,3}}|[a-z]|[ivx]{{1,4}})[.)])(?=\s|$)"
)


def line_text(spans: Sequence[Span]) -> str:
    """Return what spans of one line say, from left to right, with a space where there is a gap."""
    parts: list[str] = []
    end = 0.0
    for span in spans:
        if parts and (span.box.x0 - end > _GAP * span.size or (span.spaced and span.box.x0 >= end - 0.1)):
            parts.append(" ")
        parts.append(span.text)
        end = max(end, span.box.x1)
    return "".join(parts)


def rows_of(spans: Iterable[Span]) -> list[list[Span]]:
    """Return spans as lines from top to bottom, each from left to right; what is raised stays on its line."""
    rows: list[list[Span]] = []
    for span in sorted(spans, key=lambda one: (one.baseline, one.box.x0)):
        if rows:
            last = rows[-1]
            leader = max(last, key=lambda one: (one.size, len(one.text)))
            small = min(span.size, leader.size)
            raised = span.size < 0.85 * leader.size or leader.size < 0.85 * span.size
            if abs(span.baseline - leader.baseline) < (0.65 if raised else 0.3) * max(small, leader.size):
                last.append(span)
                continue
        rows.append([span])
    return [sorted(row, key=lambda one: one.box.x0) for row in rows]


def lines_of(spans: Iterable[Span]) -> list[str]:
    """Return what spans say, line by line."""
    return [line_text(row) for row in rows_of(spans)]


def marker_of(text: str) -> str | None:
    """Return the bullet or the number with which a line begins an item of a list, if it does."""
    found = _MARKER.match(text)
    return found[0] if found else None
