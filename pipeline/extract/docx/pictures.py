"""What a drawing, an old VML picture or an embedded object shows: pictures, text boxes, charts, diagrams."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from pipeline.extract.ooxml.figures import Figure
from pipeline.extract.ooxml.names import DGM, OFFICE, REL, W
from pipeline.extract.ooxml.package import relation_id
from pipeline.extract.xml import local_name

#: A picture that is smaller than this, in EMU on both sides (0.4 inches), is a sign within its sentence.
_SMALL = 365_760
_READ = frozenset({"blip", "imagedata", "txbxContent", "chart", "relIds"})


def figures(node: Any) -> Iterator[Figure]:
    """Give what a `w:drawing`, `w:pict`, `w:object` or a choice between such forms shows, in order."""
    name = local_name(node)
    if name == "AlternateContent":
        yield from _chosen(node, None, False)
        return
    alt, beside = None, False
    for frame in node:
        if local_name(frame) in {"anchor", "inline"}:
            alt, beside = _frame(frame)
            if alt is not None and alt == _HIDDEN:
                continue
            yield from _inside(frame, alt, beside)
        else:
            yield from _one(frame, alt, beside)


_HIDDEN = "\x00hidden"


def _frame(frame: Any) -> tuple[str | None, bool]:
    beside = local_name(frame) == "anchor"
    alt: str | None = None
    for child in frame:
        name = local_name(child)
        if name == "docPr":
            alt = (
                _HIDDEN if child.get("hidden") in {"1", "true"} else child.get("descr") or child.get("title")
            )
        elif name == "extent":
            sides = [child.get("cx") or "", child.get("cy") or ""]
            small = all(side.isdigit() and int(side[:12]) <= _SMALL for side in sides)
            beside = beside or small
    return alt, beside


def _chosen(node: Any, alt: str | None, beside: bool) -> Iterator[Figure]:
    """Give what the first form shows that holds anything we read."""
    for form in node:
        if any(local_name(inner) in _READ for inner in form.iter()):
            for child in form:
                if local_name(child) in {"drawing", "pict", "object"}:
                    yield from figures(child)
                else:
                    yield from _one(child, alt, beside)
            return


def _inside(node: Any, alt: str | None, beside: bool) -> Iterator[Figure]:
    for child in node:
        yield from _one(child, alt, beside)


def _one(node: Any, alt: str | None, beside: bool) -> Iterator[Figure]:
    name = local_name(node)
    if name == "AlternateContent":
        yield from _chosen(node, alt, beside)
    elif name == "txbxContent":
        yield Figure("box", node=node)
    elif name == "blip":
        relation = relation_id(node, "embed") or relation_id(node, "link") or _svg(node)
        yield Figure("picture", relation=relation, alt=alt, beside=beside)
    elif name == "imagedata":
        title = node.get(f"{OFFICE}title") or alt
        relation = relation_id(node) or node.get(f"{OFFICE}relid") or relation_id(node, "href")
        yield Figure("picture", relation=relation, alt=title, beside=beside)
    elif name == "chart" and relation_id(node):
        yield Figure("chart", relation=relation_id(node), alt=alt)
    elif node.tag == f"{DGM}relIds":
        yield Figure("diagram", relation=node.get(f"{REL}dm"))
    elif name not in {"extLst", "OLEObject"}:
        yield from _inside(node, _own_alt(node) or alt, beside)


def _own_alt(node: Any) -> str | None:
    """Return the alternative text that a shape within a group states."""
    if local_name(node) in {"shape", "rect", "group"}:
        stated: str | None = node.get("alt")
        return stated
    if local_name(node) in {"pic", "wsp"}:
        for inner in node.iter():
            if local_name(inner) == "cNvPr":
                found: str | None = inner.get("descr") or inner.get("title")
                return found
            if inner.tag == f"{W}txbxContent":
                break
    return None


def _svg(blip: Any) -> str | None:
    return next((relation_id(node, "embed") for node in blip.iter() if local_name(node) == "svgBlip"), None)
