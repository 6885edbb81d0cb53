"""Boilerplate by what stands within links: menus and tables of contents, whatever they are called."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from pipeline.extract.builder import Builder
from pipeline.extract.element import Element

#: So many links that are nearly all of the text are a menu; fewer may be references that a text makes.
MIN_LINKS = 4
MIN_DENSITY = 0.8
#: Links alone make no element boilerplate: one that is all link scores this, below the cut of 0.5.
LONE_LINK = 0.4
_KINDS = frozenset({"list_item", "text"})


@dataclass(frozen=True, slots=True)
class Links:
    """What of an element stands within links: the share of its letters, and in how many pieces."""

    density: float
    parts: int


def links_in(text: str, letters: int, parts: int) -> Links:
    """Return the links of a text of which `letters` letters and digits stand in `parts` pieces of link."""
    return Links(min(letters / max(letters_in(text), 1), 1.0), parts)


def letters_in(text: str) -> int:
    """Count letters and digits: bars, arrows and dots between links are no text."""
    return sum(map(str.isalnum, text))


def rate_elements(builder: Builder, links: Mapping[int, Links]) -> None:
    """Give each element of a page its boilerplate score, and mark the menus.

    What stands within a region that the page itself sets apart scores 1. A run of neighbouring paragraphs or
    list items, each with a share of link text of `MIN_DENSITY` or more, and with `MIN_LINKS` links or more
    among them, is a menu and scores its mean share; any other element scores its share times `LONE_LINK`.

    Args:
        builder: the page.
        links: what stands within links, by position; missing means nothing.
    """
    run: list[Element] = []
    for element in builder.elements():
        if element.boilerplate:
            element.boilerplate_score = 1.0
            continue
        found = links.get(element.position)
        element.boilerplate_score = LONE_LINK * found.density if found is not None else 0.0
        if found is not None and found.density >= MIN_DENSITY and _may_be_menu(element):
            run.append(element)
            continue
        _mark_menu(run, links)
        run = []
    _mark_menu(run, links)


def _may_be_menu(element: Element) -> bool:
    if element.kind not in _KINDS or element.figure is not None:
        return False
    # A paragraph that names things with commas between them is a sentence ("see a, b and c"); a bar is not.
    return element.kind == "list_item" or ", " not in (element.text or "")


def _mark_menu(run: list[Element], links: Mapping[int, Links]) -> None:
    found = [links[element.position] for element in run]
    if sum(each.parts for each in found) < MIN_LINKS:
        return
    mean = sum(each.density for each in found) / len(found)
    for element in run:
        element.boilerplate = True
        element.boilerplate_score = mean
