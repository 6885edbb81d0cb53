"""The licence that a page states, and where it does."""

from __future__ import annotations

import json
from collections import deque
from typing import Any

from selectolax.lexbor import LexborHTMLParser

from pipeline.licenses import is_license_address, license_name

_META = frozenset(
    {
        "license",
        "licence",
        "dc.rights",
        "dc.rights.license",
        "dcterms.license",
        "dcterms.rights",
        "rights",
        "copyright",
    }
)
_MAX_JSON = 1_000_000
_MAX_VALUES = 10_000


def stated_license(tree: LexborHTMLParser) -> tuple[str, str] | None:
    """Return a page's licence (its SPDX identifier, or as it is stated) and where it stands.

    Asked in this order, the clearest first: `rel` (a link with rel=license), `meta` (a licence or rights in
    the head), `json-ld` (schema.org's `license`), `link` (a plain link to a known licence, as in a footer).
    """
    for node in tree.css("link[rel~=license], a[rel~=license]"):
        stated = license_name(node.attributes.get("href"))
        if stated:
            return stated, "rel"
    for node in tree.css("meta[name], meta[property]"):
        name = node.attributes.get("name") or node.attributes.get("property") or ""
        stated = license_name(node.attributes.get("content")) if name.lower() in _META else None
        if stated:
            return stated, "meta"
    for node in tree.css('script[type="application/ld+json"]'):
        stated = license_name(_in_json(node.text() or ""))
        if stated:
            return stated, "json-ld"
    for node in tree.css("a[href]"):
        href = node.attributes.get("href") or ""
        stated = license_name(href) if is_license_address(href) else None
        if stated:
            return stated, "link"
    return None


def _in_json(text: str) -> str | None:
    """Return the first `license` of a JSON-LD script, the outermost first."""
    if "license" not in text or len(text) > _MAX_JSON:
        return None
    try:
        waiting: deque[Any] = deque([json.loads(text)])
    except (ValueError, RecursionError):
        return None
    for _ in range(_MAX_VALUES):
        if not waiting:
            return None
        value = waiting.popleft()
        if isinstance(value, dict):
            stated = value.get("license")
            if isinstance(stated, dict):
                stated = stated.get("url") or stated.get("@id") or stated.get("name")
            if isinstance(stated, str) and stated.strip():
                return stated
            waiting.extend(value.values())
        elif isinstance(value, list):
            waiting.extend(value)
    return None
