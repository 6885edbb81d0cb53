"""Which nodes are hidden, and which belong to what surrounds the content."""

from __future__ import annotations

import re
from collections.abc import Mapping

from pipeline.extract.html.tags import BOILERPLATE_NAMES, HIDDEN_NAMES, LANDMARKS, ROLES

Attributes = Mapping[str, str | None]

_HIDDEN_STYLE = re.compile(r"(?:^|[;\s])(?:display\s*:\s*none|visibility\s*:\s*hidden)", re.IGNORECASE)


def class_names(attributes: Attributes) -> frozenset[str]:
    """Return the class names of a node."""
    return frozenset((attributes.get("class") or "").split())


def is_hidden(tag: str, attributes: Attributes, names: frozenset[str]) -> bool:
    """Tell whether a node and all in it is kept off the screen."""
    if not attributes:
        return tag == "dialog"
    if "hidden" in attributes and attributes["hidden"] != "until-found":
        return True
    if tag == "dialog" and "open" not in attributes:
        return True
    style = attributes.get("style")
    if style and _HIDDEN_STYLE.search(style):
        return True
    return bool(names & HIDDEN_NAMES)


def is_boilerplate(tag: str, attributes: Attributes, names: frozenset[str], in_article: bool) -> bool:
    """Tell whether a node is navigation, header, footer or an aside by its tag, role, class or id.

    Args:
        tag: its tag.
        attributes: its attributes.
        names: its class names.
        in_article: whether it is within `<main>`, `<article>` or `<section>`: headers there are content.
    """
    if tag in LANDMARKS:
        return "admonition" not in names and "footnote" not in names and attributes.get("role") != "note"
    if tag in {"header", "footer"} and not in_article:
        return True
    if attributes.get("role") in ROLES:
        return True
    if names & BOILERPLATE_NAMES and tag not in {"body", "main", "article"}:
        return True
    return (attributes.get("id") or "") in BOILERPLATE_NAMES and tag not in {"body", "main", "article"}
