"""The size that an image says it has, and what follows from it."""

from __future__ import annotations

import re
from collections.abc import Mapping

Attributes = Mapping[str, str | None]

#: At most as high and wide as this: an icon, set into a line as a word is.
ICON_SIDE = 64
#: A drawing that states no size but a grid this small is an icon, scaled to its line.
_ICON_GRID = 48.0
_NUMBER = re.compile(r"^\s*(\d+)(?:\.\d*)?\s*(px|em|rem|ex)?\s*$", re.IGNORECASE)
_STYLE_SIDE = re.compile(r"(?:^|[;\s])(width|height)\s*:\s*([\d.]+)\s*(px|r?em|ex)\b", re.IGNORECASE)
_LETTER = 16
_TRACKER = re.compile(
    r"//(?:www\.facebook\.com/tr[/?]|[^/]*(?:doubleclick\.net|google-analytics\.com|scorecardresearch\.com|"
    r"quantserve\.com|pixel\.wp\.com|counter\.yadro\.ru|matomo\.|piwik\.|statcounter\.com)[/]?)|"
    r"/(?:matomo|piwik)\.php\?|/__utm\.gif|/(?:tracking|beacon|tracker)[-_]?(?:pixel)?\.(?:gif|png)",
    re.IGNORECASE,
)


def is_tracker(attributes: Attributes, source: str) -> bool:
    """Tell whether an image says that it is one pixel wide or high, or its host only counts visits."""
    width, height = size_of(attributes)
    if (width is not None and width <= 1) or (height is not None and height <= 1):
        return True
    return "//" in source and _TRACKER.search(source) is not None


def is_icon(attributes: Attributes) -> bool:
    """Tell whether an image says of itself that it is as small as a word."""
    sizes = [size for size in size_of(attributes) if size is not None]
    return bool(sizes) and max(sizes) <= ICON_SIDE


def is_icon_drawing(attributes: Attributes, named_icon: bool) -> bool:
    """Tell whether an inline `<svg>` is an icon or a decoration by its size, its grid or its class name."""
    sizes = [size for size in size_of(attributes) if size is not None]
    if sizes:
        return max(sizes) <= ICON_SIDE
    grid = (attributes.get("viewBox") or attributes.get("viewbox") or "").replace(",", " ").split()
    try:
        sides = [float(side) for side in grid[2:4]]
    except ValueError:
        sides = []
    return named_icon or (len(sides) == 2 and max(sides) <= _ICON_GRID)


def size_of(attributes: Attributes) -> tuple[int | None, int | None]:
    """Return the width and height that the attributes or the style state, in pixels."""
    width, height = _pixels(attributes.get("width")), _pixels(attributes.get("height"))
    style = attributes.get("style")
    if style and (width is None or height is None):
        for side, value, unit in _STYLE_SIDE.findall(style[:2_000]):
            if side.lower() == "width":
                width = _scaled(value, unit) if width is None else width
            elif height is None:
                height = _scaled(value, unit)
    return width, height


def _pixels(value: str | None) -> int | None:
    if not value:
        return None
    if value.isascii() and value.isdigit():
        return int(value[:9])
    found = _NUMBER.match(value[:40])
    return None if found is None else _scaled(found[1], found[2] or "px")


def _scaled(value: str, unit: str) -> int | None:
    try:
        return int(float(value[:12]) * (1 if unit.lower() == "px" else _LETTER))
    except ValueError:
        return None
