"""Placeholders: what a shape is for, and what it takes from the layout and the master of its slide."""

from __future__ import annotations

from typing import Any

from pipeline.extract.ooxml.names import A, P
from pipeline.extract.ooxml.package import Part

TITLES = frozenset({"title", "ctrTitle"})
#: What stands on every slide.
SURROUNDINGS = frozenset({"sldNum", "dt", "ftr", "hdr"})
_BODIES = frozenset({"body", "obj", "subTitle", "tbl", "chart", "clipArt", "dgm", "media", "pic"})
_BULLETS = (f"{A}buChar", f"{A}buAutoNum", f"{A}buBlip")
_MAX_LEVELS = 9


class Template:
    """The layout of slides and the master behind it.

    Args:
        layout: the layout's part; None where a slide has none.
    """

    def __init__(self, layout: Part | None) -> None:
        master = layout.first("slideMaster") if layout is not None else None
        self._layout = _placeholders(layout)
        self._master = _placeholders(master)
        self._styles = master.root.find(f"{P}txStyles") if master is not None else None

    def transform(self, shape: Any) -> Any:
        """Return the `a:xfrm` of a shape: its own, or that of its placeholder on the layout or the master."""
        for node in (shape, *self._behind(shape)):
            found = _transform(node)
            if found is not None:
                return found
        return None

    def has_bullet(self, shape: Any, paragraph: Any, level: int) -> bool:
        """Tell whether a paragraph has a bullet or a number, its own or an inherited one."""
        for properties in self._properties(shape, paragraph, level):
            if properties.find(f"{A}buNone") is not None:
                return False
            if any(properties.find(name) is not None for name in _BULLETS):
                return True
        return False

    def _properties(self, shape: Any, paragraph: Any, level: int) -> list[Any]:
        name = f"{A}lvl{min(level + 1, _MAX_LEVELS)}pPr"
        nodes = (shape, *self._behind(shape))
        found = [paragraph.find(f"{A}pPr"), *(n.find(f"{P}txBody/{A}lstStyle/{name}") for n in nodes)]
        kind = role(shape)
        if self._styles is not None and kind is not None:
            style = "titleStyle" if kind in TITLES else "bodyStyle" if kind in _BODIES else "otherStyle"
            found.append(self._styles.find(f"{P}{style}/{name}"))
        return [properties for properties in found if properties is not None]

    def _behind(self, shape: Any) -> list[Any]:
        own = placeholder(shape)
        if own is None:
            return []
        index, kind = own.get("idx", "0"), own.get("type", "obj")
        layout = self._layout.get(("idx", index)) if index != "0" else None
        layout = layout if layout is not None else self._layout.get(("type", _family(kind)))
        behind = [layout] if layout is not None else []
        if layout is not None:
            kind = placeholder(layout).get("type", "obj")
        master = self._master.get(("type", _family(kind)))
        return [*behind, master] if master is not None else behind


class Templates:
    """The templates of a presentation, each read once."""

    def __init__(self) -> None:
        self._known: dict[str, Template] = {}

    def of(self, slide: Part) -> Template:
        """Return the template of a slide."""
        targets = (r.target for r in slide.relations.values() if r.kind == "slideLayout")
        name = next(targets, "")
        if name not in self._known:
            self._known[name] = Template(slide.first("slideLayout"))
        return self._known[name]


def placeholder(shape: Any) -> Any:
    """Return the `p:ph` of a shape, or None."""
    for properties in shape:
        if properties.tag.endswith("Pr"):
            return properties.find(f"{P}nvPr/{P}ph")
    return None


def role(shape: Any) -> str | None:
    """Return the type of the placeholder that a shape fills, or None."""
    found = placeholder(shape)
    return str(found.get("type", "obj")) if found is not None else None


def _family(kind: str) -> str:
    if kind in TITLES:
        return "title"
    return "body" if kind in _BODIES else kind


def _placeholders(part: Part | None) -> dict[tuple[str, str], Any]:
    found: dict[tuple[str, str], Any] = {}
    for shape in part.root.iter(f"{P}sp", f"{P}pic", f"{P}graphicFrame") if part is not None else ():
        own = placeholder(shape)
        if own is not None:
            found.setdefault(("type", _family(own.get("type", "obj"))), shape)
            found.setdefault(("idx", own.get("idx", "0")), shape)
    return found


def _transform(shape: Any) -> Any:
    found = shape.find(f"{P}spPr/{A}xfrm")
    if found is None:
        found = shape.find(f"{P}xfrm")
    if found is None:
        found = shape.find(f"{P}grpSpPr/{A}xfrm")
    return found if found is not None and found.find(f"{A}off") is not None else None
