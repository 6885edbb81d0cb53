"""Names of licences: what pages and files write, as SPDX identifiers where it can be told."""

from __future__ import annotations

import re
from collections.abc import Iterable

_CREATIVE_COMMONS = re.compile(
    r"creativecommons\.org/(?:licenses/(by(?:-nc)?(?:-nd|-sa)?)|publicdomain/(zero|mark))/?(\d\.\d)?",
    re.IGNORECASE,
)
_WORDED = re.compile(
    r"\bcc[ -]?(by(?:[ -]nc)?(?:[ -](?:nd|sa))?|0|zero)\b(?:[ -]*v?(\d\.\d))?",
    re.IGNORECASE,
)
_WELL_KNOWN = (
    (re.compile(r"apache\.org/licenses/LICENSE-2\.0|\bapache licen[cs]e,? (version )?2", re.I), "Apache-2.0"),
    (re.compile(r"opensource\.org/licenses?/mit|^mit(?: licen[cs]e)?$", re.I), "MIT"),
    (re.compile(r"gnu\.org/(?:licenses|copyleft)/fdl|^gnu free documentation licen[cs]e", re.I), "GFDL-1.3"),
)  # fmt: skip
_LINK = re.compile(r"<([^<>]{1,2000})>([^<]{0,500})")
_REL_LICENSE = re.compile(r";\s*rel\s*=\s*(?:\"[^\"]*\blicense\b[^\"]*\"|license\b)", re.IGNORECASE)
_MAX = 300


def license_name(stated: str | None) -> str | None:
    """Return the SPDX identifier of a licence that is stated as a URL or in words; else the words, shortened.

    Args:
        stated: an address, a name or a sentence.
    """
    text = " ".join((stated or "").split())
    if not text:
        return None
    named = creative_commons(text)
    if named is not None:
        return named
    for pattern, name in _WELL_KNOWN:
        if pattern.search(text):
            return name
    return text[:_MAX]


def creative_commons(text: str) -> str | None:
    """Return the SPDX identifier of the Creative Commons licence that a text names or links to, or None."""
    linked = _CREATIVE_COMMONS.search(text)
    if linked is not None:
        terms, domain, version = linked.groups()
        if terms:
            return f"CC-{terms.upper()}-{version or '4.0'}"
        return "CC0-1.0" if domain.lower() == "zero" else "CC-PDM-1.0"
    worded = _WORDED.search(text)
    if worded is not None:
        terms = worded[1].upper().replace(" ", "-")
        return "CC0-1.0" if terms in ("0", "ZERO") else f"CC-{terms}-{worded[2] or '4.0'}"
    return None


def license_of_links(headers: Iterable[str]) -> str | None:
    """Return the licence that HTTP `Link` headers state with rel=license, or None."""
    for header in headers:
        for link, parameters in _LINK.findall(header):
            if _REL_LICENSE.search(parameters):
                return license_name(link)
    return None


def is_license_address(url: str) -> bool:
    """Say whether an address is that of a known licence."""
    return _CREATIVE_COMMONS.search(url) is not None or any(pattern.search(url) for pattern, _ in _WELL_KNOWN)
