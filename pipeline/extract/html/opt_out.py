"""Meta tags by which a page asks that it is not used."""

from __future__ import annotations

from selectolax.lexbor import LexborHTMLParser

from pipeline.images.opt_out import DIRECTIVES

#: Names of robots tags that address everybody or us.
_ROBOTS = frozenset({"robots", "looseleaf"})
_RESERVATION = "tdm-reservation"


def stated_opt_out(tree: LexborHTMLParser) -> str | None:
    """Return the meta tag by which a page reserves itself against mining or training, None if none does."""
    for node in tree.css("meta[name]"):
        name = (node.attributes.get("name") or "").strip().lower()
        content = " ".join((node.attributes.get("content") or "").split())
        directives = {part.strip().lower() for part in content.split(",")}
        if (name == _RESERVATION and content == "1") or (
            name in _ROBOTS and directives.intersection(DIRECTIVES)
        ):
            return f"meta {name}: {content[:200]}"
    return None
