"""Pages nested so deeply that a parser takes minutes for them."""

from __future__ import annotations

import re
from itertools import accumulate

#: Browsers go no deeper either (Blink's `kMaximumHTMLParserDOMTreeDepth`).
MAX_DEPTH = 512
#: Pages with fewer tags parse quickly whatever their shape.
_MANY_TAGS = 4_000
# Paragraphs, items and cells close one another, so that many open ones are no depth.
_CONTAINER = re.compile(
    r"<(/?)(?:div|span|section|article|main|aside|nav|header|footer|blockquote|ul|ol|dl|table|center|font|b|i|em|strong|"
    r"u|s|a|form|fieldset|details|figure|small|big|tt|code|sub|sup|svg|g|math|mrow|button)(?=[\s/>])[^>]*>",
    re.IGNORECASE,
)
#: A first look, five times as fast, that takes more tags for containers: by their first letters.
_STEP = re.compile(r"<(/?)(?:[dD][eEiIlL]|[bB](?![rR])|[tT][aAtT]|[iI](?![mMnN])|[aAcCeEfFgGhHmMnNoOsSuU])")


def limit_depth(html: str) -> str:
    """Return `html` without the containers that are nested deeper than `MAX_DEPTH`; what is in them stays."""
    if html.count("<") < _MANY_TAGS:
        return html
    heights = [0, *accumulate(-1 if step else 1 for step in _STEP.findall(html))]
    if max(heights) - min(heights) <= MAX_DEPTH:
        return html
    parts: list[str] = []
    depth = 0
    kept = 0
    for tag in _CONTAINER.finditer(html):
        if tag[1]:
            too_deep = depth > MAX_DEPTH
            depth = max(depth - 1, 0)
        else:
            depth += 1
            too_deep = depth > MAX_DEPTH
        if too_deep:
            parts.append(html[kept : tag.start()])
            kept = tag.end()
    return "".join([*parts, html[kept:]]) if parts else html
