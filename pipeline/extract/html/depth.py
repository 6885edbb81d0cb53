"""Pages nested so deeply that a parser takes minutes for them."""

from __future__ import annotations

import re

#: Browsers go no deeper either (Blink's `kMaximumHTMLParserDOMTreeDepth`).
MAX_DEPTH = 512
#: Pages with fewer tags parse quickly whatever their shape.
_MANY_TAGS = 4_000
_CONTAINER = re.compile(
    r"<(/?)(?:div|span|section|article|main|aside|nav|header|footer|blockquote|ul|ol|li|dl|dd|dt|table|tbody|tr|td|th|"
    r"center|font|b|i|em|strong|u|s|a|p|form|fieldset|details|figure|small|big|tt|code|sub|sup|svg|g|math|mrow|button)"
    r"(?=[\s/>])[^>]*>",
    re.IGNORECASE,
)


def limit_depth(html: str) -> str:
    """Return `html` without the containers that are nested deeper than `MAX_DEPTH`; what is in them stays."""
    if html.count("<") < _MANY_TAGS:
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
