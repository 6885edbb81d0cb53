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
MONOSPACED = re.compile(
    r"courier|consolas|mono|menlo|monaco|lucida console|fixedsys|inconsolata|source code|terminal",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Role:
    """What a paragraph is: `heading`, `list_item`, `caption`, `quote`, `code`, `contents` or `text`."""

    kind: str
    level: int | None = None


class Styles:
    """The styles of a document, with what they inherit.

    Args:
        styles: the part with the styles, None where there is none.
        numbering: the part with the numberings, None where there is none.
    """

    def __init__(self, styles: Part | None, numbering: Part | None) -> None:
        self._nodes: dict[str, Any] = {}
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
        style = _value(properties, "pStyle") or self._default
        chain = self._chain(style)
        for name in self._names(chain):
            role = _by_name(name)
            if role is not None:
                return role
        outline = _value(properties, "outlineLvl") or self._inherited(chain, "outlineLvl")
        if outline is not None and number(outline, _BODY_LEVEL) < _BODY_LEVEL:
            return Role("heading", min(number(outline) + 1, 6))
        level = self._list_level(properties, style, chain)
        return Role("text") if level is None else Role("list_item", level)

    def is_code(self, run_style: str | None) -> bool:
        """Tell whether a style of characters is one for code."""
        return any(_CODE.search(name) for name in self._names(self._chain(run_style or "")))

    def font(self, paragraph: Any) -> str:
        """Return the font that the style of a paragraph names; empty where none does."""
        style = _value(paragraph.find(f"{W}pPr"), "pStyle") or self._default
        for node in self._chain(style):
            fonts = node.find(f"{W}rPr/{W}rFonts")
            if fonts is not None and fonts.get(f"{W}ascii"):
                return str(fonts.get(f"{W}ascii"))
        return ""

    def _list_level(self, properties: Any, style: str, chain: list[Any]) -> int | None:
        own = properties.find(f"{W}numPr") if properties is not None else None
        inherited = next((n for s in chain if (n := s.find(f"{W}pPr/{W}numPr")) is not None), None)
        found = own if own is not None and _value(own, "numId") is not None else inherited
        if found is None or number(_value(found, "numId")) == 0:
            return None
        level = _value(own, "ilvl") or _value(inherited, "ilvl")
        if level is not None:
            return number(level) + 1
        named = next((m for name in self._names(chain) if (m := _LIST_LEVEL.match(name))), None)
        return int(named[1]) if named and named[1] else self._levels.get(style, 0) + 1

    def _chain(self, style: str) -> list[Any]:
        chain: list[Any] = []
        while style in self._nodes and len(chain) < _MAX_CHAIN:
            chain.append(self._nodes[style])
            style = _value(self._nodes[style], "basedOn") or ""
        return chain

    def _names(self, chain: list[Any]) -> list[str]:
        return [(_value(node, "name") or "").lower() for node in chain]

    def _inherited(self, chain: list[Any], name: str) -> str | None:
        found = (_value(node.find(f"{W}pPr"), name) for node in chain)
        return next((value for value in found if value is not None), None)


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
