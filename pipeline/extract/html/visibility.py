"""Which nodes are hidden, and which belong to what surrounds the content."""

from __future__ import annotations

import re
from collections.abc import Mapping

from pipeline.extract.html.marks import Marks
from pipeline.extract.html.tags import BOILERPLATE_NAMES, LANDMARKS, ROLES

Attributes = Mapping[str, str | None]

_HIDDEN_STYLE = re.compile(
    r"(?:^|[;\s])(?:display\s*:\s*none|visibility\s*:\s*(?:hidden|collapse)|clip\s*:\s*rect\(\s*[01]px"
    r"|(?:left|top|text-indent)\s*:\s*-\d{4,})",
    re.IGNORECASE,
)
_CONTENT_TAGS = frozenset({"body", "main", "article"})


def is_hidden(tag: str, attributes: Attributes, marks: Marks) -> bool:
    """Tell whether a node and all in it is kept off the screen."""
    if "hidden" in attributes and attributes["hidden"] != "until-found":
        return True
    if tag == "dialog" and "open" not in attributes:
        return True
    style = attributes.get("style")
    if style and _HIDDEN_STYLE.search(style):
        return True
    return marks.hidden


def is_boilerplate(tag: str, attributes: Attributes, marks: Marks, in_article: bool) -> bool:
    """Tell whether a node is navigation, header, footer or an aside by its tag, role, class or id.

    Args:
        tag: its tag.
        attributes: its attributes.
        marks: its class names.
        in_article: whether it is within `<main>`, `<article>` or `<section>`: headers there are content.
    """
    if tag in LANDMARKS:
        return (
            "admonition" not in marks.names
            and "footnote" not in marks.names
            and attributes.get("role") != "note"
        )
    if tag in {"header", "footer"} and not in_article:
        return True
    if attributes.get("role") in ROLES:
        return True
    named = marks.boilerplate or (attributes.get("id") or "") in BOILERPLATE_NAMES
    return named and tag not in _CONTENT_TAGS
