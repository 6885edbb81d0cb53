"""Where scripts that load images late keep the real URL: `data-src` and its many cousins."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping

Attributes = Mapping[str, str | None]

#: Names that mean a larger picture than the one shown.
_LARGER = re.compile(r"full|large|orig|zoom|hi-?res|high-?res|retina|2x|big")
#: Names that mean the picture itself.
_SAME = re.compile(r"src|lazy|image|img|echo|url|bg|background|photo|poster|thumb")
#: Names that hold other things than a picture's URL.
_OTHER = re.compile(
    r"srcset|set$|sizes|caption|title|page|link|href|permalink|attribution|alt|script|video|iframe"
)
_IMAGE_NAME = re.compile(r"\.(?:png|jpe?g|gif|webp|bmp|tiff?|svg|avif)(?:[?#]|$)", re.IGNORECASE)
_LONGEST = 20_000


def lazy_references(attributes: Attributes) -> list[str]:
    """Return the references that `data-` attributes hold: those that mean a larger picture first."""
    larger: list[str] = []
    same: list[str] = []
    for name, given in attributes.items():
        if not name.startswith("data-") or not given or len(given) > _LONGEST:
            continue
        value = given.strip()
        if value.startswith("{") and "image" in name:
            same += _json_keys(value)
        elif _OTHER.search(name) or not _looks_like_url(value):
            continue
        elif _LARGER.search(name):
            if _IMAGE_NAME.search(value) or "src" in name or "file" in name:
                larger.append(value)
        elif _SAME.search(name) and ("src" in name or "url" not in name or _IMAGE_NAME.search(value)):
            same.append(value)
    return larger + same


def lazy_srcsets(attributes: Attributes) -> list[str]:
    """Return the values of `data-srcset` and its cousins."""
    return [
        value
        for name, value in attributes.items()
        if value and name.startswith("data-") and ("srcset" in name or name.endswith(("-set", "bgset")))
    ]


def _json_keys(value: str) -> list[str]:
    """The URLs of `data-a-dynamic-image`: an object of URLs with their sizes, the largest first."""
    try:
        sizes = json.loads(value)
    except (ValueError, RecursionError):
        return []
    if not isinstance(sizes, dict):
        return []
    pairs = [(size, url) for url, size in sizes.items() if isinstance(size, list) and _looks_like_url(url)]
    pairs.sort(key=lambda pair: -max((n for n in pair[0] if isinstance(n, int | float)), default=0))
    return [url for _, url in pairs]


def _looks_like_url(value: str) -> bool:
    return (
        bool(value)
        and not value.startswith(("{", "[", "#", "<"))
        and ("/" in value or "." in value)
        and (
            value.startswith("data:")
            or not any(c in value for c in " \t\n")
            or bool(_IMAGE_NAME.search(value))
        )
    )
