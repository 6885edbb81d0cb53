"""What a node's class names say of it, worked out once for each distinct `class` attribute."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from pipeline.extract.html import tags

_LONGEST = 2_000


@dataclass(frozen=True, slots=True)
class Marks:
    """The class names of a node, and the sets of `tags` that they are in."""

    names: frozenset[str] = frozenset()
    hidden: bool = False
    boilerplate: bool = False
    figure: bool = False
    caption: bool = False
    figure_title: bool = False
    formula: bool = False
    math: bool = False
    code: bool = False
    line_numbers: bool = False
    icon: bool = False
    signature: bool = False
    katex: bool = False
    #: Whether one of those that make a node of any tag something else is set.
    special: bool = False


NO_MARKS = Marks()
_SPECIAL = (
    tags.LINE_NUMBER_NAMES
    | tags.CODE_NAMES
    | tags.CAPTION_NAMES
    | tags.FIGURE_TITLE_NAMES
    | tags.FIGURE_NAMES
    | {"math", "katex"}
)
_KNOWN = (
    _SPECIAL
    | tags.HIDDEN_NAMES
    | tags.HIDING_NAMES
    | tags.BOILERPLATE_NAMES
    | tags.FORMULA_NAMES
    | tags.ICON_NAMES
    | {"sig"}
)


@lru_cache(maxsize=8_192)
def marks_of(value: str) -> Marks:
    """Return what a `class` attribute says; one that is longer than any author's counts by its beginning."""
    found = frozenset(value[:_LONGEST].split())
    if not found & _KNOWN:
        return Marks(names=found)
    return Marks(
        names=found,
        hidden=bool(found & tags.HIDDEN_NAMES) or _hides(found),
        boilerplate=bool(found & tags.BOILERPLATE_NAMES),
        figure=bool(found & tags.FIGURE_NAMES),
        caption=bool(found & tags.CAPTION_NAMES),
        figure_title=bool(found & tags.FIGURE_TITLE_NAMES),
        formula=bool(found & tags.FORMULA_NAMES),
        math="math" in found,
        code=bool(found & tags.CODE_NAMES),
        line_numbers=bool(found & tags.LINE_NUMBER_NAMES),
        icon=bool(found & tags.ICON_NAMES),
        signature="sig" in found,
        katex="katex" in found,
        special=bool(found & _SPECIAL),
    )


def _hides(found: frozenset[str]) -> bool:
    if not found & tags.HIDING_NAMES:
        return False
    return not any(
        name.rpartition(":")[2] in tags.SHOWING_NAMES for name in found if ":" in name
    ) and not any(name.startswith("d-") and name.rpartition("-")[2] in tags.SHOWING_NAMES for name in found)
