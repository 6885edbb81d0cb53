"""How many pixels a drawing gets, which by itself has none."""

from __future__ import annotations

import re

from lxml import etree

from pipeline.images.svg.refused import SvgRefusedError

#: The size of a drawing that states none, as browsers have it (CSS 2.2, 10.3.2).
_UNSTATED = (300.0, 150.0)
#: CSS pixels in one unit.
_UNITS = {
    "": 1.0, "px": 1.0, "pt": 96 / 72, "pc": 16.0, "in": 96.0, "cm": 96 / 2.54, "mm": 96 / 25.4,
    "q": 96 / 101.6, "em": 16.0, "rem": 16.0, "ex": 8.0,
}  # fmt: skip
_LENGTH = re.compile(r"^\s*([0-9]*\.?[0-9]+(?:e[+-]?[0-9]+)?)\s*([a-z]*)\s*$", re.IGNORECASE)
_STYLE = re.compile(r"(?:^|;)\s*(width|height)\s*:\s*([^;]+)", re.IGNORECASE)
#: Drawings are enlarged until their longest side has so many pixels: lines and letters get room.
LEAST_SIDE = 512
#: Larger ones are made smaller.
MOST_SIDE = 2048
#: What is smaller than this on its shortest side is an icon or a badge, and stays as small as it is meant
#: to be, so that rules about size see what a reader sees.
ICON_SIDE = 40.0


def stated_size(root: etree._Element) -> tuple[float, float]:
    """Return the width and height that a drawing asks for, in CSS pixels.

    The attributes `width` and `height` (or `style`), where one is missing the aspect of the `viewBox`, where
    both are its size, where all are 300 by 150.
    """
    styles = {name.lower(): value for name, value in _STYLE.findall(root.get("style", ""))}
    width, height = (_length(root.get(name) or styles.get(name, "")) for name in ("width", "height"))
    box = view_box(root)
    if width and height:
        return width, height
    if box is None:
        return width or _UNSTATED[0], height or _UNSTATED[1]
    if width:
        return width, width * box[1] / box[0]
    if height:
        return height * box[0] / box[1], height
    return box


def view_box(root: etree._Element) -> tuple[float, float] | None:
    """Return the width and height of the `viewBox` in its own units, None if there is none."""
    try:
        _, _, width, height = (float(part) for part in re.split(r"[\s,]+", root.get("viewBox", "").strip()))
    except ValueError:
        return None
    return (width, height) if 0 < width < 1e9 and 0 < height < 1e9 else None


def raster_size(width: float, height: float, max_pixels: int) -> tuple[int, int]:
    """Return the pixels to draw a drawing of `width` by `height` CSS pixels with; the aspect stays.

    Raises:
        SvgRefusedError: if its aspect leaves no room for both sides.
    """
    scale = 1.0
    if min(width, height) >= ICON_SIDE:
        scale = max(scale, LEAST_SIDE / max(width, height))
    scale = min(scale, MOST_SIDE / max(width, height), (max_pixels / (width * height)) ** 0.5)
    columns, rows = round(width * scale), round(height * scale)
    if columns < 1 or rows < 1:
        raise SvgRefusedError("undecodable", f"svg: {width:g} x {height:g} has no size in pixels")
    return columns, rows


def _length(value: str) -> float | None:
    found = _LENGTH.match(value)
    if found is None or found[2].lower() not in _UNITS:
        return None
    pixels = float(found[1]) * _UNITS[found[2].lower()]
    return pixels if 0 < pixels < 1e9 else None
