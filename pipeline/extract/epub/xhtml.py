"""A chapter's XHTML as HTML: parsed as XML first, because HTML parsers read `<title/>` as an open tag."""

from __future__ import annotations

import re
from html import unescape
from typing import Any

from lxml import etree

from pipeline.extract.encoding import decode
from pipeline.extract.xml import local_name

_DECLARATION = re.compile(r"^\s*<\?xml[^>]*\?>")
_DOCTYPE = re.compile(r"<!DOCTYPE[^>\[]*(?:\[[^\]]*\])?[^>]*>", re.IGNORECASE)
_ENTITY = re.compile(r"&([A-Za-z][A-Za-z0-9]{1,31});")
#: How far a declaration is looked for: what is longer is no chapter's.
_HEAD = 8192
_XML_ENTITIES = frozenset({"amp", "lt", "gt", "quot", "apos"})
_XLINK = "{http://www.w3.org/1999/xlink}href"
_XML_LANG = "{http://www.w3.org/XML/1998/namespace}lang"
_DRAWN = frozenset({"path", "rect", "circle", "ellipse", "line", "polyline", "polygon", "text", "use"})


def as_html(data: bytes, boilerplate: bool = False) -> str:
    """Return a chapter as HTML; what is not well-formed is left to the HTML parser as it is.

    Args:
        data: the bytes of the chapter.
        boilerplate: whether all of it is navigation.
    """
    text = _DECLARATION.sub("", decode(data))
    # Its own entities are never expanded: with the declaration gone they are plain text.
    text = _ENTITY.sub(_character, _DOCTYPE.sub("", text[:_HEAD], count=1) + text[_HEAD:])
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, remove_comments=True, remove_pis=True
    )
    try:
        root = etree.fromstring(text.encode("utf-8", "replace"), parser)
    except (etree.XMLSyntaxError, ValueError):
        root = None
    if root is None:
        return f"<nav>{text}</nav>" if boilerplate else text
    _plain_names(root)
    for picture in [node for node in root.iter("svg") if _is_frame(node)]:
        _unwrap(picture)
    body = next((node for node in root.iter("body")), None)
    if boilerplate and body is not None:
        body.set("role", "navigation")
    html: str = etree.tostring(root, method="html", encoding="unicode")
    return html


def _character(match: re.Match[str]) -> str:
    name = match[1]
    if name in _XML_ENTITIES:
        return match[0]
    found = unescape(match[0])
    return found if found != match[0] else f"&amp;{name};"


def _plain_names(root: Any) -> None:
    for node in root.iter():
        if isinstance(node.tag, str):
            node.tag = local_name(node)
            language = node.attrib.pop(_XML_LANG, None)
            if language is not None and node.get("lang") is None:
                node.set("lang", language)
    etree.cleanup_namespaces(root)


def _is_frame(svg: Any) -> bool:
    """Tell whether an SVG draws nothing but shows raster images, as cover pages do."""
    names = [local_name(node) for node in svg.iter()]
    return "image" in names and not _DRAWN & set(names)


def _unwrap(svg: Any) -> None:
    title = svg.find(".//title")
    label = svg.get("aria-label") or (title.text if title is not None else None)
    tail = svg.tail
    images = [(node.get(_XLINK) or node.get("href") or "") for node in svg.iter("image")]
    svg.clear()
    svg.tail = tail
    svg.tag = "span"
    for source in images:
        image = etree.SubElement(svg, "img")
        image.set("src", source)
        if label:
            image.set("alt", label)
