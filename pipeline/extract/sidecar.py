"""The file beside documents that says of them: family, licence, and which image goes with which text."""

from __future__ import annotations

import json
import posixpath
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from urllib.parse import unquote

from pipeline.extract.builder import fold
from pipeline.extract.element import TEXTS, Element


@dataclass(frozen=True)
class Sidecar:
    """What a sidecar says; `links` are pairs of an image's path and a text, word for word."""

    family: str | None = None
    license: str | None = None
    links: tuple[tuple[str, str], ...] = ()


def parse_sidecar(data: bytes) -> Sidecar:
    """Return what a sidecar says.

    The form is `{"family": "...", "license": "...", "links": [{"image": "figures/a.png", "text": "..."}]}`,
    every field optional.

    Raises:
        ValueError: if it is no JSON of that form.
    """
    values = json.loads(data)
    if not isinstance(values, dict):
        raise TypeError("a sidecar must be a JSON object")
    links = values.get("links", [])
    if not isinstance(links, list) or not all(_is_link(link) for link in links):
        raise ValueError("links must be a list of objects with image and text")
    return Sidecar(
        _text(values.get("family")),
        _text(values.get("license")),
        tuple((link["image"], link["text"]) for link in links),
    )


def match_links(
    sidecar: Sidecar, elements: Sequence[Element]
) -> tuple[list[tuple[int, int]], list[tuple[str, str]]]:
    """Find the elements that the links name.

    Returns:
        Pairs of positions (image, text), and the links of which a side was not found.
    """
    found: dict[tuple[int, int], None] = {}
    lost: list[tuple[str, str]] = []
    for image, text in sidecar.links:
        pairs = [(i, t) for i in _images(image, elements) for t in _texts(text, elements)]
        found.update(dict.fromkeys(pairs))
        if not pairs:
            lost.append((image, text))
    return sorted(found), lost


def _images(path: str, elements: Sequence[Element]) -> Iterator[int]:
    wanted = posixpath.normpath(path.replace("\\", "/"))
    whole = [e.position for e in elements if e.kind == "image" and f"/{_path(e)}".endswith(f"/{wanted}")]
    name = posixpath.basename(wanted)
    yield from whole or [
        e.position for e in elements if e.kind == "image" and posixpath.basename(_path(e)) == name
    ]


def _path(element: Element) -> str:
    return unquote((element.image_url or "").partition("?")[0])


def _texts(text: str, elements: Sequence[Element]) -> Iterator[int]:
    wanted = fold(text)
    for element in elements:
        if element.kind in TEXTS and element.text and fold(element.text) == wanted:
            yield element.position


def _is_link(link: object) -> bool:
    return isinstance(link, dict) and isinstance(link.get("image"), str) and isinstance(link.get("text"), str)


def _text(value: object) -> str | None:
    return value if isinstance(value, str) and value else None
