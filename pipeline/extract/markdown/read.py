"""A Markdown document, or a cell of a notebook, to elements.

The text becomes HTML, with what Markdown means and HTML lacks written as plain HTML (figures, formulas), and
the one HTML reader does the rest: raw HTML within Markdown, however it is mixed, is read as in a page.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import yaml

from pipeline.extract.builder import Builder, fold
from pipeline.extract.element import ReadDocument
from pipeline.extract.encoding import decode
from pipeline.extract.html import add_html
from pipeline.extract.markdown.render import render

_MAX_FRONT_MATTER = 65_536


def read_markdown(data: bytes, url: str, content_type: str | None = None) -> ReadDocument:
    """Read a Markdown document; front matter gives its title, licence and language.

    Args:
        data: its bytes.
        url: its URL; relative references count from it.
        content_type: the Content-Type header that it came with.
    """
    builder = Builder(url, url)
    add_markdown(builder, decode(data, content_type, prescan=False))
    return ReadDocument(
        title=builder.title or builder.first_heading(),
        language=builder.language(),
        license=builder.license,
        elements=builder.elements(),
        inline_images=builder.inline_images,
    )


def add_markdown(builder: Builder, text: str, attachments: Mapping[str, bytes] | None = None) -> None:
    """Add what a piece of Markdown holds to a document that another reader reads.

    Args:
        builder: the document.
        text: the piece.
        attachments: images by the name after `attachment:`, as notebooks have them.
    """
    rendered = render(text, attachments or {})
    front = _front_matter(rendered.front_matter)
    builder.title = builder.title or _word(front, "title")
    builder.license = builder.license or _word(front, "license")
    builder.declared_language = builder.declared_language or (_word(front, "lang") or "")[:2].lower() or None
    add_html(builder, rendered.html, rendered.parts)


def _front_matter(text: str) -> Mapping[str, Any]:
    if not text or len(text) > _MAX_FRONT_MATTER:
        return {}
    try:
        values = yaml.safe_load(text)
    except (yaml.YAMLError, ValueError, RecursionError):
        return {}
    return values if isinstance(values, dict) else {}


def _word(front: Mapping[str, Any], name: str) -> str | None:
    value = front.get(name)
    return fold(value) or None if isinstance(value, str) else None
