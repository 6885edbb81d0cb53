"""Page headers, footers and page numbers: lines at a page's edge that come again on other pages."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from itertools import pairwise

from pipeline.extract.pdf.page import Image, Line, Page

#: The share of a page's height, at its top and at its end, in which such lines stand.
_ZONE = 0.13
_AT_EDGE = 3
#: Points by which the place of such a line may differ.
_NEAR = 3.0
#: Pages apart that two occurrences may be where there are but two: left and right pages take turns.
_APART = 2
#: Where there are more, the share of them that follow each other so closely.
_MANY = 3
_DENSE = 0.5
#: A document of so few pages has nothing that comes again on many.
_FEW = 8
#: Where so large a share of the pages has furniture, all that stands there is.
_USUAL = 0.5
#: Points: a picture up to this side that comes so often in a document is an icon, wherever it stands.
_ICON = 48.0
_NUMBER = re.compile(r"\b(?:\d+|[ivxlc]+)\b", re.IGNORECASE)
_PAGE = re.compile(
    r"^(?:page|seite|p\.)?[\s\-–—|]*#(?:\s*(?:/|of|von|de|sur)\s*#)?[\s\-–—|]*$", re.IGNORECASE
)

#: The number of a page, how far down it something stands, and the `id` of that.
_Place = tuple[int, float, int]


def find_furniture(pages: Sequence[Page]) -> set[int]:
    """Return the `id` of every line and picture that is a page's furniture, not its content.

    Args:
        pages: the document's pages, in order.
    """
    seen: dict[str, list[_Place]] = {}
    icons: dict[str, list[int]] = {}
    for page in pages:
        for line in _edge_lines(page):
            text = _NUMBER.sub("#", line.text).strip().casefold()
            seen.setdefault(text, []).append((page.number, line.baseline, id(line)))
        for image in page.images():
            if image.data is not None:
                name = hashlib.sha256(image.data).hexdigest()
                if max(image.box.width, image.box.height) <= _ICON:
                    icons.setdefault(name, []).append(id(image))
                if image.background or at_edge(image, page):
                    seen.setdefault(name, []).append((page.number, image.box.y0, id(image)))
    found = {name for names in icons.values() if len(names) >= _MANY for name in names}
    few = len(pages) <= _FEW
    for text, places in seen.items():
        found |= _repeated(places, few, lone=bool(_PAGE.match(text)))
    return found | _in_usual_rows(seen, found, len(pages))


def _in_usual_rows(seen: dict[str, list[_Place]], found: set[int], count: int) -> set[int]:
    """Return what stands where most pages have furniture: the running head of a chapter of one page."""
    places = [place for group in seen.values() for place in group]
    heights: dict[int, set[int]] = {}
    for number, height, name in places:
        if name in found:
            heights.setdefault(round(height), set()).add(number)
    usual = {height for height, numbers in heights.items() if len(numbers) >= _USUAL * count}
    return {name for _, height, name in places if round(height) in usual}


def at_edge(entry: Line | Image, page: Page) -> bool:
    """Tell whether all of something stands where page headers and footers do."""
    height = page.box.height
    return entry.box.y1 < _ZONE * height or entry.box.y0 > (1 - _ZONE) * height


def _edge_lines(page: Page) -> list[Line]:
    """Return the first and the last lines of a page that stand near its edges."""
    lines = sorted(page.lines(), key=lambda line: line.baseline)
    if not lines:
        return []
    top, end = _ZONE * page.box.height, (1 - _ZONE) * page.box.height
    upper = _rows(lines, [line for line in lines if line.baseline < top])
    lower = _rows(lines[::-1], [line for line in lines[::-1] if line.baseline > end])
    return list(dict.fromkeys(upper + lower))


def _rows(lines: Sequence[Line], zone: Sequence[Line]) -> list[Line]:
    """Return those of `zone` that are on the first rows of `lines`."""
    heights: list[float] = []
    for line in lines:
        if not heights or abs(line.baseline - heights[-1]) > _NEAR:
            heights.append(line.baseline)
        if len(heights) > _AT_EDGE:
            break
    kept = heights[:_AT_EDGE]
    return [line for line in zone if any(abs(line.baseline - height) <= _NEAR for height in kept)]


def _repeated(places: Sequence[_Place], few: bool, lone: bool) -> set[int]:
    """Return the names of what stands at one height on several pages."""
    found: set[int] = set()
    group: list[_Place] = []
    for place in [*sorted(places, key=lambda one: (one[1], one[0])), None]:
        if place is not None and (not group or place[1] - group[-1][1] <= _NEAR):
            group.append(place)
            continue
        numbers = sorted({number for number, _, _ in group})
        close = sum(b - a <= _APART for a, b in pairwise(numbers))
        dense = close >= _DENSE * (len(numbers) - 1)
        if (len(numbers) >= _MANY and dense) or (few and len(numbers) == 2 and (close or lone)):
            found |= {name for _, _, name in group}
        group = [place] if place is not None else []
    return found
