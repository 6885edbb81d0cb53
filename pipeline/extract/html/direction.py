"""The language and the direction that nodes state."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping

from pipeline.extract.language import RIGHT_TO_LEFT

Attributes = Mapping[str, str | None]

_LONGEST = 500


def language_code(tag: str | None) -> str | None:
    """Return the ISO 639-1 code of a language tag (BCP 47), or None where it has none."""
    code = (tag or "").strip()[:40].split("-")[0].split("_")[0].lower()
    return code if len(code) == 2 and code.isascii() and code.isalpha() else None


def stated_direction(attributes: Attributes, language: str | None) -> str | None:
    """Return `ltr`, `rtl` or `auto` as a node states it, or as its language runs; else None."""
    given = (attributes.get("dir") or "").strip().lower()
    if given in {"ltr", "rtl", "auto"}:
        return given
    if language is None:
        return None
    return "rtl" if language in RIGHT_TO_LEFT else "ltr"


def direction_of(text: str) -> str | None:
    """Return the direction of the first strong character of a text, as `dir=auto` asks for it."""
    for character in text[:_LONGEST]:
        kind = unicodedata.bidirectional(character)
        if kind == "L":
            return "ltr"
        if kind in {"R", "AL"}:
            return "rtl"
    return None
