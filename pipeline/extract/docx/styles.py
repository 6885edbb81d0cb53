"""What a paragraph is by its style: heading, list item, caption, quote, code, or contents."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from pipeline.extract.ooxml.names import W
from pipeline.extract.ooxml.package import Part

_HEADING = re.compile(r"heading (\d)$")
_CODE = re.compile(
    r"\b(?:code|preformatted(?: text)?|verbatim|listing|macro|macro text|source|plain text)\b(?! ?char)"
)
_CONTENTS = re.compile(
    r"(?:toc \d|toc heading|contents (?:\d|heading)|table of (?:figures|authorities)|index \d)"
)
_LIST_LEVEL = re.compile(r"list (?:bullet|number)(?: (\d))?$")
_MAX_CHAIN = 20
_BODY_LEVEL = 9


@dataclass(frozen=True)
class Role:
    """What a paragraph is: `heading`, `list_item`, `caption`, `quote`, `code`, `contents` or `text`."""

    kind: str
    level: int | None = None


_TEXT = Role("text")


@dataclass(frozen=True)
class _Style:
    """What a style says: the role that its name means, outline level, numbering, list level, font."""

    role: Role | None
    outline: str | None
    numbering: Any
    level: int
    font: str
    is_code: bool


class Styles:
    """The styles of a document, with what they inherit.

    Args:
        styles: the part with the styles, None where there is none.
        numbering: the part with the numberings, None where there is none.
    """

    def __init__(self, styles: Part | None, numbering: Part | None) -> None:
        self._nodes: dict[str, Any] = {}
        self._known: dict[str, _Style] = {}
        self._default = ""
        self.language: str | None = None
        if styles is not None:
            for node in styles.root.iter(f"{W}style"):
                self._nodes[node.get(f"{W}styleId") or ""] = node
                if node.get(f"{W}default") in {"1", "true"} and node.get(f"{W}type") == "paragraph":
                    self._default = node.get(f"{W}styleId") or ""
            language = styles.root.find(f"{W}docDefaults/{W}rPrDefault/{W}rPr/{W}lang")
            self.language = language.get(f"{W}val") if language is not None else None
        #: The levels that numberings give to styles.
        self._levels: dict[str, int] = {}
        if numbering is not None:
            for node in numbering.root.iter(f"{W}lvl"):
                style = node.find(f"{W}pStyle")
                if style is not None:
                    self._levels[style.get(f"{W}val") or ""] = number(node.get(f"{W}ilvl"))

    def role(self, paragraph: Any) -> Role:
        """Return what a paragraph (`w:p`) is."""
        properties = paragraph.find(f"{W}pPr")
        style = self._style(_value(properties, "pStyle") or self._default)
        if style.role is not None:
            return style.role
        outline = _value(properties, "outlineLvl") or style.outline
        if outline is not None and number(outline, _BODY_LEVEL) < _BODY_LEVEL:
            return Role("heading", min(number(outline) + 1, 6))
        level = _list_level(properties, style)
        return _TEXT if level is None else Role("list_item", level)

    def is_code(self, run_style: str | None) -> bool:
        """Tell whether a style of characters is one for code."""
        return self._style(run_style or "").is_code

    def font(self, paragraph: Any) -> str:
        """Return the font that the style of a paragraph names; empty where none does."""
        return self._style(_value(paragraph.find(f"{W}pPr"), "pStyle") or self._default).font

    def _style(self, name: str) -> _Style:
        if name not in self._known:
            self._known[name] = self._resolved(name)
        return self._known[name]

    def _resolved(self, style: str) -> _Style:
        """Return what a style says, with what it inherits."""
        chain: list[Any] = []
        at = style
        while at in self._nodes and len(chain) < _MAX_CHAIN:
            chain.append(self._nodes[at])
            at = _value(self._nodes[at], "basedOn") or ""
        names = [(_value(node, "name") or "").lower() for node in chain]
        fonts = [node.find(f"{W}rPr/{W}rFonts") for node in chain]
        numberings = [node.find(f"{W}pPr/{W}numPr") for node in chain]
        outlines = [_value(node.find(f"{W}pPr"), "outlineLvl") for node in chain]
        listed = next((match for name in names if (match := _LIST_LEVEL.match(name))), None)
        return _Style(
            role=next((role for name in names if (role := _by_name(name)) is not None), None),
            outline=next((value for value in outlines if value is not None), None),
            numbering=next((node for node in numberings if node is not None), None),
            level=int(listed[1]) if listed and listed[1] else self._levels.get(style, 0) + 1,
            font=next((f.get(f"{W}ascii") for f in fonts if f is not None and f.get(f"{W}ascii")), ""),
            is_code=any(_CODE.search(name) for name in names),
        )


def _list_level(properties: Any, style: _Style) -> int | None:
    own = properties.find(f"{W}numPr") if properties is not None else None
    found = own if own is not None and _value(own, "numId") is not None else style.numbering
    if found is None or number(_value(found, "numId")) == 0:
        return None
    level = _value(own, "ilvl") or _value(style.numbering, "ilvl")
    return number(level) + 1 if level is not None else style.level


def is_on(properties: Any, name: str) -> bool:
    """Tell whether a switch such as `w:vanish` is there and not turned off."""
    node = properties.find(f"{W}{name}") if properties is not None else None
    return node is not None and node.get(f"{W}val", "1") not in {"0", "false", "off"}


def number(value: str | None, missing: int = 0) -> int:
    """Return an attribute as a number, `missing` where it is none."""
    text = (value or "").strip()
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else missing


def _value(node: Any, name: str) -> str | None:
    found = node.find(f"{W}{name}") if node is not None else None
    value: str | None = found.get(f"{W}val") if found is not None else None
    return value


def _by_name(name: str) -> Role | None:
    heading = _HEADING.match(name)
    if heading:
        return Role("heading", min(max(int(heading[1]), 1), 6))
    if name == "title":
        return Role("heading", 1)
    if name.endswith("caption"):
        return Role("caption")
    if _CONTENTS.match(name):
        return Role("contents")
    if name in {"quote", "intense quote", "block text", "quotations", "block quotation"}:
        return Role("quote")
    return Role("code") if _CODE.search(name) else None
