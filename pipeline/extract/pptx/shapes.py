"""The shapes of a slide, groups opened, in the order in which one reads them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from pipeline.extract.ooxml.names import A, P
from pipeline.extract.pptx.order import Box, reading_order
from pipeline.extract.pptx.placeholders import TITLES, Template, role
from pipeline.extract.xml import local_name

_SHAPES = frozenset({"sp", "pic", "graphicFrame", "cxnSp", "contentPart"})
_READ = frozenset({"t", "blip", "tbl", "chart", "relIds", "oMath"})
_MAX_DEPTH = 50


@dataclass(frozen=True)
class Frame:
    """Where a group puts what is in it: `outer = offset + scale * inner`, for x and y."""

    offset: tuple[float, float] = (0.0, 0.0)
    scale: tuple[float, float] = (1.0, 1.0)

    def place(self, x: float, y: float) -> tuple[float, float]:
        """Return a point of the group as a point of the slide."""
        return self.offset[0] + self.scale[0] * x, self.offset[1] + self.scale[1] * y


def ordered_shapes(tree: Any, template: Template) -> list[Any]:
    """Return the shapes of a slide: titles first, then as one reads, a group's shapes together."""
    shapes = _ordered(tree, template, Frame(), 0)
    titles = [shape for shape in shapes if role(shape) in TITLES]
    return titles + [shape for shape in shapes if role(shape) not in TITLES]


def _ordered(tree: Any, template: Template, frame: Frame, depth: int) -> list[Any]:
    items: list[list[Any]] = []
    boxes: list[Box] = []
    for node in _children(tree):
        is_group = local_name(node) == "grpSp"
        if _is_hidden(node) or (is_group and depth > _MAX_DEPTH):
            continue
        transform = template.transform(node)
        members = _ordered(node, template, _inner(frame, transform), depth + 1) if is_group else [node]
        if not members:
            continue
        left, top, right, bottom = _rectangle(frame, transform)
        boxes.append(Box(len(items), left, top, right, bottom))
        items.append(members)
    return [member for number in reading_order(boxes) for member in items[number]]


def _children(tree: Any) -> list[Any]:
    found = []
    for node in tree:
        name = local_name(node)
        if name in _SHAPES or name == "grpSp":
            found.append(node)
        elif name == "AlternateContent":
            readable = (f for f in node if any(local_name(inner) in _READ for inner in f.iter()))
            found += _children(next(readable, ()))
    return found


def _is_hidden(node: Any) -> bool:
    for properties in node:
        if local_name(properties).startswith("nv"):
            own = properties.find(f"{P}cNvPr")
            return own is not None and own.get("hidden") in {"1", "true"}
    return False


def _rectangle(frame: Frame, transform: Any) -> tuple[float, float, float, float]:
    if transform is None:
        return 0.0, 0.0, 0.0, 0.0
    x, y = _pair(transform.find(f"{A}off"), "x", "y")
    width, height = _pair(transform.find(f"{A}ext"), "cx", "cy")
    left, top = frame.place(x, y)
    right, bottom = frame.place(x + width, y + height)
    return min(left, right), min(top, bottom), max(left, right), max(top, bottom)


def _inner(frame: Frame, transform: Any) -> Frame:
    if transform is None:
        return frame
    x, y = _pair(transform.find(f"{A}off"), "x", "y")
    width, height = _pair(transform.find(f"{A}ext"), "cx", "cy")
    inner_x, inner_y = _pair(transform.find(f"{A}chOff"), "x", "y")
    inner_width, inner_height = _pair(transform.find(f"{A}chExt"), "cx", "cy")
    scale = (width / inner_width if inner_width else 1.0, height / inner_height if inner_height else 1.0)
    offset = frame.place(x - scale[0] * inner_x, y - scale[1] * inner_y)
    return Frame(offset, (frame.scale[0] * scale[0], frame.scale[1] * scale[1]))


def _pair(node: Any, first: str, second: str) -> tuple[float, float]:
    if node is None:
        return 0.0, 0.0
    return _number(node.get(first)), _number(node.get(second))


def _number(value: str | None) -> float:
    text = (value or "").strip()
    return float(text) if text.lstrip("-").isdigit() and text.isascii() and len(text) < 16 else 0.0
