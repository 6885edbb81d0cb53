"""Captions and the pictures that they describe, by where they are printed."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise

from pipeline.extract.pdf.blocks import Block
from pipeline.extract.pdf.geometry import Box, overlap, union
from pipeline.extract.pdf.words import CAPTION

#: Points that a caption may be away from its picture.
_REACH = 60.0
#: Points between two pictures of one figure.
_BESIDE = 40.0
_SURE = re.compile(r"\d[a-z]?\s*[:.|)\-–—]|\d\s*$", re.IGNORECASE)


def bind_captions(blocks: Sequence[Block]) -> dict[int, Block]:
    """Return the caption of each picture, by the `id` of the picture's block.

    Whether captions stand below or above is told by the document: the side on which more of them are near.

    Args:
        blocks: all blocks of the document in reading order. A block that only looked like a caption, because
            it begins with "Figure 3", becomes text again.
    """
    by_page: dict[int, list[Block]] = {}
    for block in blocks:
        by_page.setdefault(block.page, []).append(block)
    below = 0
    for own in by_page.values():
        for caption in _captions(own):
            after, before = _distance(own, caption, True), _distance(own, caption, False)
            below += (after < before) - (before < after)
    bound: dict[int, Block] = {}
    for own in by_page.values():
        for caption in sorted(_captions(own), key=lambda one: one.box.y0):
            for picture in _pictures_of(own, caption, below >= 0, bound):
                bound[id(picture)] = caption
    _across_pages(blocks, bound)
    taken = {id(caption) for caption in bound.values()}
    for block in blocks:
        if block.kind == "caption" and id(block) not in taken:
            block.kind = "text"
    return bound


def _captions(blocks: Sequence[Block]) -> list[Block]:
    return [block for block in blocks if block.kind == "caption" and _names_figure(block)]


def _names_figure(caption: Block) -> bool:
    found = CAPTION.match(caption.lines[0].text)
    return found is not None and found["figure"] is not None


def _pictures(blocks: Sequence[Block]) -> list[Block]:
    return [block for block in blocks if block.kind == "image"]


def _distance(blocks: Sequence[Block], caption: Block, below: bool) -> float:
    """Return how far the nearest picture is above (or, unless `below`, under) a caption."""
    gaps = [_gap(picture.box, caption.box, below) for picture in _pictures(blocks)]
    return min((gap for gap in gaps if gap is not None), default=float("inf"))


def _gap(picture: Box, caption: Box, below: bool) -> float | None:
    """Return the distance of a caption below (or above) a picture; None where it is not there."""
    if overlap(picture.x0, picture.x1, caption.x0, caption.x1) <= 0:
        return None
    gap = caption.y0 - picture.y1 if below else picture.y0 - caption.y1
    return max(gap, 0.0) if -0.3 * caption.height - 3 <= gap <= _REACH else None


def _pictures_of(
    blocks: Sequence[Block], caption: Block, below: bool, bound: dict[int, Block]
) -> list[Block]:
    free = [picture for picture in _pictures(blocks) if id(picture) not in bound]
    sure = bool(_SURE.search(caption.lines[0].text[:40]))
    for side, reach in ((below, _REACH), (not below, _REACH)):
        near = [
            (gap, picture)
            for picture in free
            if (gap := _gap(picture.box, caption.box, side)) is not None and gap <= (reach if sure else 30.0)
        ]
        if not near:
            continue
        _, nearest = min(near, key=lambda one: one[0])
        if not _is_between(blocks, nearest, caption):
            return _panels(free, nearest, caption, blocks)
    beside = [
        (abs(picture.box.x0 - caption.box.x1), picture)
        for picture in free
        if overlap(picture.box.y0, picture.box.y1, caption.box.y0, caption.box.y1) > 0.5 * caption.box.height
    ]
    return [min(beside, key=lambda one: one[0])[1]] if beside and sure else []


def _is_between(blocks: Sequence[Block], picture: Block, caption: Block) -> bool:
    """Tell whether running text stands between a picture and a caption."""
    top = min(picture.box.y1, caption.box.y1)
    end = max(picture.box.y0, caption.box.y0)
    return any(
        block is not caption and block.lines and block.kind != "furniture"
        and block.box.y0 >= top - 1 and block.box.y1 <= end + 1
        and overlap(block.box.x0, block.box.x1, caption.box.x0, caption.box.x1) > 0
        and sum(len(line.text) for line in block.lines) > 60
        for block in blocks
    )  # fmt: skip


def _panels(free: Sequence[Block], nearest: Block, caption: Block, blocks: Sequence[Block]) -> list[Block]:
    """Return a figure's pictures: the nearest, and those beside it that have no caption of their own."""
    others = [one for one in _captions(blocks) if one is not caption]
    row = [
        picture
        for picture in free
        if overlap(picture.box.y0, picture.box.y1, nearest.box.y0, nearest.box.y1)
        > 0.5 * min(picture.box.height, nearest.box.height)
        and not any(_gap(picture.box, other.box, True) is not None for other in others)
    ]
    chosen = [nearest]
    for _ in row:
        reach = union(picture.box for picture in chosen)
        chosen += [
            picture
            for picture in row
            if picture not in chosen
            and overlap(picture.box.x0, picture.box.x1, reach.x0, reach.x1) > -_BESIDE
        ]
    return [picture for picture in free if picture in chosen]


def _across_pages(blocks: Sequence[Block], bound: dict[int, Block]) -> None:
    """Bind a caption that had no room below its picture and opens the next page."""
    content = [block for block in blocks if block.kind not in ("furniture", "contents")]
    taken = {id(caption) for caption in bound.values()}
    for before, block in pairwise(content):
        if (
            block.kind == "caption" and _names_figure(block) and id(block) not in taken
            and before.kind == "image" and id(before) not in bound and before.page == block.page - 1
        ):  # fmt: skip
            bound[id(before)] = block
