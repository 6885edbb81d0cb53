"""Every candidate of an image, best first."""

from __future__ import annotations

import re
from collections.abc import Mapping

from selectolax.lexbor import LexborNode

from pipeline.extract.html.lazy import lazy_references, lazy_srcsets
from pipeline.extract.html.srcset import parse_srcset
from pipeline.extract.urls import is_placeholder, join_url

Attributes = Mapping[str, str | None]

#: What a browser may choose but our decoder does not read comes after what it reads.
_POORLY_READ = re.compile(r"image/(?:avif|jxl|heic|heif|svg)", re.IGNORECASE)
_POORLY_READ_NAME = re.compile(r"\.(?:avif|jxl|heic|heif|svgz?)$", re.IGNORECASE)
_IMAGE_NAME = re.compile(r"\.(?:png|jpe?g|gif|webp|bmp|tiff?|svg|avif)$", re.IGNORECASE)
#: Pages about a picture, which wikis name as the picture.
_PAGE_OF_PICTURE = re.compile(r"/[^/]*:[^/]*$|[?&]title=")
_THUMBNAIL = re.compile(
    r"(?:[-_.]?(?:thumb(?:nail)?s?|small|tn|mini|preview|scaled|\d{2,4}x\d{2,4}|\d{2,4}px))+", re.IGNORECASE
)
#: Sources for small screens, paper or dark pages: not what a reader at a desk sees.
_MAX_WIDTH = re.compile(r"max-width\s*:\s*([\d.]+)\s*(px|r?em)?", re.IGNORECASE)
_OTHER_MEDIA = re.compile(
    r"\bprint\b|prefers-color-scheme\s*:\s*dark|orientation\s*:\s*portrait", re.IGNORECASE
)
_DESK_WIDTH = 1024


def image_candidates(node: LexborNode, base: str, link: str | None = None) -> list[str]:
    """Return the absolute URLs that an `<img>` may be shown from, best first; `data:` URLs among them.

    In order: the `<source>`s of its `<picture>` that fit a wide screen, and its `srcset` (largest first),
    `data-src` and its cousins, `src`, the picture that the link around it leads to; then what is for other
    media, formats that are rarely decoded, placeholders. A linked picture of the same name is the larger one
    and comes first.

    Args:
        node: the image.
        base: what relative references count from.
        link: where the link around it leads.
    """
    attributes: Attributes = node.attributes
    found: list[str] = []
    late: list[str] = []
    parent = node.parent
    if parent is not None and parent.tag == "picture":
        source = parent.first_child
        while source is not None:
            if source.tag == "source":
                given: Attributes = source.attributes
                (found if _is_for_desks(given) else late).extend(_srcsets(given))
            source = source.next
    found += _srcsets(attributes)
    found += lazy_references(attributes)
    given_source = attributes.get("src")
    if given_source:
        found.append(given_source)
    if link:
        full = _linked_picture(link, base)
        if full is not None:
            shown = given_source or (found[0] if found else "")
            found.insert(0 if _is_thumbnail_of(shown, full) else len(found), full)
    return rank([*found, *late], base)


def rank(references: list[str], base: str) -> list[str]:
    """Return references as absolute URLs, each once; rarely decoded formats late, placeholders last."""
    urls = [url for reference in references if (url := join_url(base, reference))]
    if len(urls) < 2:
        return urls
    return sorted(dict.fromkeys(urls), key=_rank)


def _linked_picture(link: str, base: str) -> str | None:
    """The picture that a link leads to, if its name says that it is one."""
    path = link.partition("#")[0].partition("?")[0]
    if not _IMAGE_NAME.search(path):
        return None
    url = join_url(base, link)
    if url is None or _PAGE_OF_PICTURE.search(url.partition("//")[2]):
        return None
    return url


def _is_thumbnail_of(shown: str, full: str) -> bool:
    """Whether two names differ by a mark of size only: `plot-300x200.png` and `plot.png`."""
    small, large = (_stem(name) for name in (shown, full))
    return small != large and bool(large) and _THUMBNAIL.sub("", small) == _THUMBNAIL.sub("", large)


def _stem(url: str) -> str:
    return url.partition("?")[0].rpartition("/")[2].rpartition(".")[0]


def _is_for_desks(source: Attributes) -> bool:
    if _POORLY_READ.match(source.get("type") or ""):
        return False
    media = source.get("media")
    if not media:
        return True
    if _OTHER_MEDIA.search(media):
        return False
    limit = _MAX_WIDTH.search(media)
    if limit is None:
        return True
    try:
        width = float(limit[1])
    except ValueError:
        return True
    return width * (1 if (limit[2] or "px").lower() == "px" else 16) >= _DESK_WIDTH


def _srcsets(attributes: Attributes) -> list[str]:
    given = attributes.get("srcset")
    urls = parse_srcset(given) if given else []
    for value in lazy_srcsets(attributes):
        urls += parse_srcset(value)
    return urls


def _rank(url: str) -> int:
    if url.startswith("data:"):
        return 3
    if is_placeholder(url):
        return 2
    return 1 if _POORLY_READ_NAME.search(url.partition("?")[0]) else 0
