"""MyST's directives as HTML."""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from pipeline.extract.rst.directives import CODE, SILENT, TALKING

_INFO = re.compile(r"^\s*\{([A-Za-z][\w:.+-]*)\}\s*(.*?)\s*$", re.DOTALL)
_OPTION = re.compile(r"^:([\w-]+):\s*(.*)$")
_YAML_OPTION = re.compile(r"^([\w-]+)\s*:\s*(.*)$")
_WORD = re.compile(r"[^\W\d_]{2}")
_SEPARATOR = re.compile(r"^\s*(?:\^{3,}|\+{3,})\s*$", re.MULTILINE)


@dataclass(frozen=True)
class Directive:
    """A directive as it is written."""

    name: str
    argument: str
    options: Mapping[str, str]
    body: str


def parse_directive(info: str, content: str) -> Directive | None:
    """Return the directive of a fence, or None if its info string names none."""
    found = _INFO.match(info)
    if not found:
        return None
    lines = content.split("\n")
    options: dict[str, str] = {}
    at = 0
    if lines and lines[0].strip() == "---":
        at = 1
        while at < len(lines) and lines[at].strip() != "---":
            option = _YAML_OPTION.match(lines[at])
            if option:
                options[option[1]] = option[2].strip("\"'")
            at += 1
        at += 1
    else:
        while at < len(lines) and (option := _OPTION.match(lines[at])):
            options[option[1]] = option[2]
            at += 1
    return Directive(found[1].lower(), found[2], options, "\n".join(lines[at:]))


def render_directive(directive: Directive, nested: Callable[[str], str]) -> str:
    """Return a directive as HTML; one that is unknown keeps its title and its content.

    Args:
        directive: the directive.
        nested: gives a piece of Markdown as HTML.
    """
    name = directive.name
    if name == "figure":
        return _figure(directive, nested)
    if name == "image":
        return f"<p>{_image(directive)}</p>\n"
    if name in CODE:
        return f"<pre><code>{html.escape(directive.body)}</code></pre>\n"
    if name == "math":
        return f'<div class="math">{html.escape(directive.body)}</div>\n'
    if name == "raw":
        return directive.body if "html" in directive.argument else ""
    if name in SILENT:
        return ""
    title = ""
    said = directive.body.strip() or name in TALKING
    if said and _WORD.search(directive.argument) and not name.startswith("button-"):
        title = f"<p>{nested(directive.argument)}</p>"
    return f"<div>{title}{nested(_SEPARATOR.sub('', directive.body))}</div>\n"


def _figure(directive: Directive, nested: Callable[[str], str]) -> str:
    classes = " ".join(directive.options.get(name, "") for name in ("figclass", "class")).strip()
    caption, _, legend = directive.body.strip().partition("\n\n")
    parts = [f'<figure class="{html.escape(classes)}">', _image(directive)]
    if caption:
        parts.append(f"<figcaption>{nested(caption)}</figcaption>")
    if legend:
        parts.append(nested(legend))
    return "".join([*parts, "</figure>\n"])


def _image(directive: Directive) -> str:
    alt = directive.options.get("alt", "")
    classes = directive.options.get("class", "")
    source = directive.argument.strip()
    return f'<img src="{html.escape(source)}" alt="{html.escape(alt)}" class="{html.escape(classes)}">'
