"""What interpreted text (Sphinx and MyST roles) shows to a person."""

from __future__ import annotations

import re

from pipeline.extract.names import names

_TITLED = re.compile(r"^(.*?)\s*<[^<>]*>$", re.DOTALL)
#: These show an icon, a symbol or nothing.
_SILENT = frozenset(
    {"octicon", "fab", "fas", "far", "fa", "material-regular", "material-outlined", "index", "raw-html"}
)
#: Names of objects, where a leading "~" shows the last part only.
_OBJECTS = names(
    """class meth func attr mod data exc obj const any type deco prop paramref
    numref"""
)


def role_text(name: str, text: str) -> str:
    """Return what the role `name` shows for `text`: a title without its target, an object's short name."""
    short = name.rsplit(":", 1)[-1].lower()
    if short in _SILENT:
        return ""
    titled = _TITLED.match(text)
    if titled and titled[1]:
        return titled[1]
    text = text.strip()
    if short in _OBJECTS:
        if text.startswith("!"):
            return text[1:]
        if text.startswith("~"):
            return text[1:].rsplit(".", 1)[-1]
        return text.lstrip(".")
    return text
