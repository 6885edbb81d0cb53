"""The words that an image carries: its file name and its alternative text."""

from __future__ import annotations

import re
from pathlib import PurePosixPath
from urllib.parse import unquote, urlsplit

# Lower case before upper case ("heatFlow"), and the last capital of a run before a word ("CADModel").
_CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_NOT_LETTERS = re.compile(r"[\W\d_]+")
#: Between words; a point or a minus before a digit belongs to a number ("t=-0.5").
_SEPARATORS = re.compile(r"[+,;()\[\]{}]|[.-](?!\d)|(?<=[^\W\d])-(?=\d)")
_HASH = re.compile(r"\b(?=[0-9a-f]*\d)[0-9a-f]{8,}\b", re.IGNORECASE)
_INLINE = "#inline-"


def own_words(image_url: str, alt: str | None) -> str:
    """Return an image's own words: its file name split at separators, capitals and digits, then its alt text.

    An image that stands inside its document (a notebook's output, a `data:` URI) has no file name, only an
    alt text. An alt text that merely repeats the file name is left out. The result may be empty.
    """
    name = "" if _INLINE in image_url or image_url.startswith("data:") else _file_name(image_url)
    words = _split(PurePosixPath(name).stem)
    alt = " ".join((alt or "").split())
    if name and alt and PurePosixPath(alt.replace("\\", "/")).name in (name, PurePosixPath(name).stem):
        alt = ""
    if alt and _split(alt) == words:
        # A case's picture: its name in words, with the digits.
        words = ""
    return " ".join(part for part in (words, alt) if part)


def name_in_words(name: str) -> str:
    """Return a file's name as words, with its digits: `stress_vonMises_LC2.png` is "stress von Mises LC2"."""
    stem = PurePosixPath(name).stem
    spaced = _SEPARATORS.sub(" ", _CAMEL.sub(" ", _HASH.sub(" ", stem.replace("_", " "))))
    return " ".join(spaced.split())


def _file_name(url: str) -> str:
    # A local path may hold "?" or "#"; only a URL has a query to cut off.
    path = urlsplit(url).path if "://" in url else url
    return PurePosixPath(unquote(path)).name


def _split(stem: str) -> str:
    without_hashes = _HASH.sub(" ", stem.replace("_", " "))
    return " ".join(_NOT_LETTERS.sub(" ", _CAMEL.sub(" ", without_hashes)).split())
