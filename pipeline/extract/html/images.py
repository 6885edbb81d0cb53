"""Every candidate of an image, best first."""

from __future__ import annotations

import re
from collections.abc import Mapping

from selectolax.lexbor import LexborNode

from pipeline.extract.html.srcset import parse_srcset
from pipeline.extract.urls import is_placeholder, join_url

Attributes = Mapping[str, str | None]

#: Where scripts that load late keep the real URL; the first ones mean a larger picture.
_DATA_SOURCES = (
    "data-full-src", "data-large-file", "data-orig-file", "data-zoom-src", "data-hi-res-src", "data-original",
    "data-original-src", "data-src", "data-lazy-src", "data-lazy", "data-lateloadsrc", "data-scroll-image",
    "data-img-src", "data-gt-lazy-src", "data-src-fg", "data-actualsrc", "data-echo", "data-image",
    "data-url",
)  # fmt: skip
_DATA_SRCSETS = ("data-srcset", "data-lazy-srcset", "data-original-set")
#: What a browser may choose but our decoder does not read comes after what it reads.
_POORLY_READ = re.compile(r"image/(?:avif|jxl|heic|svg)", re.IGNORECASE)
_POORLY_READ_NAME = re.compile(r"\.(?:avif|jxl|heic|svgz?)$", re.IGNORECASE)
_IMAGE_NAME = re.compile(r"\.(?:png|jpe?g|gif|webp|bmp|tiff?|svg)$", re.IGNORECASE)
_NUMBER = re.compile(r"^\s*(\d+)")


def image_candidates(node: LexborNode, base: str) -> list[str]:
    """Return the absolute URLs that an `<img>` may be shown from, best first; `data:` URLs among them.

    In order: `<source>`s of its `<picture>` and its `srcset` (largest first), `data-src` and its cousins,
    `src`; formats that are rarely decoded after the others, placeholders last.
    """
    attributes: Attributes = node.attributes
    found: list[str] = []
    late: list[str] = []
    parent = node.parent
    if parent is not None and parent.tag == "picture":
        for source in parent.css("source"):
            given: Attributes = source.attributes
            urls = _from_srcsets(given)
            (late if _POORLY_READ.match(given.get("type") or "") else found).extend(urls)
    found += _from_srcsets(attributes)
    found += [value for name in _DATA_SOURCES if (value := attributes.get(name)) and _looks_like_url(value)]
    if attributes.get("src"):
        found.append(attributes["src"] or "")
    return rank([*found, *late], base)


def rank(references: list[str], base: str) -> list[str]:
    """Return references as absolute URLs, each once; rarely decoded formats late, placeholders last."""
    urls = [url for reference in references if (url := join_url(base, reference))]
    return sorted(dict.fromkeys(urls), key=_rank)


def linked_image(node: LexborNode, base: str) -> str | None:
    """Return the image that the link around an image leads to, if its name says that it is one."""
    parent = node.parent
    if parent is not None and parent.tag == "picture":
        parent = parent.parent
    if parent is None or parent.tag != "a":
        return None
    url = join_url(base, parent.attributes.get("href") or "")
    return url if url and _IMAGE_NAME.search(url.partition("?")[0]) else None


def is_tracker(attributes: Attributes) -> bool:
    """Tell whether an image says of itself that it is at most one pixel wide or high."""
    width, height = size_of(attributes)
    return (width is not None and width <= 1) or (height is not None and height <= 1)


def is_icon(attributes: Attributes, limit: int = 64) -> bool:
    """Tell whether an image says of itself that it is as small as a word."""
    width, height = size_of(attributes)
    sizes = [size for size in (width, height) if size is not None]
    return bool(sizes) and max(sizes) <= limit


def size_of(attributes: Attributes) -> tuple[int | None, int | None]:
    """Return the width and height that the attributes state, in pixels."""
    return _pixels(attributes.get("width")), _pixels(attributes.get("height"))


def _pixels(value: str | None) -> int | None:
    found = _NUMBER.match(value or "")
    return None if found is None or "%" in (value or "") else int(found[1][:9])


def _from_srcsets(attributes: Attributes) -> list[str]:
    urls: list[str] = []
    for name in ("srcset", *_DATA_SRCSETS):
        urls += parse_srcset(attributes.get(name) or "")
    return urls


def _looks_like_url(value: str) -> bool:
    value = value.strip()
    return bool(value) and not value.startswith(("{", "[", "#")) and ("/" in value or "." in value)


def _rank(url: str) -> int:
    if url.startswith("data:"):
        return 3
    if is_placeholder(url):
        return 2
    return 1 if _POORLY_READ_NAME.search(url.partition("?")[0]) else 0
