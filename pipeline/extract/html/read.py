"""A page, or a piece of HTML within another document, to elements."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from selectolax.lexbor import LexborHTMLParser, LexborNode

from pipeline.extract.builder import Builder, fold
from pipeline.extract.element import ReadDocument
from pipeline.extract.encoding import decode
from pipeline.extract.html.code import plain_text
from pipeline.extract.html.depth import limit_depth
from pipeline.extract.html.license import stated_license
from pipeline.extract.html.links import mark_link_lists
from pipeline.extract.html.walk import Walker
from pipeline.extract.urls import join_url


def read_html(data: bytes, url: str, content_type: str | None = None) -> ReadDocument:
    """Read an HTML page.

    Args:
        data: the bytes of the page.
        url: its URL; relative references count from it, or from the page's first `<base href>`.
        content_type: the Content-Type header that it came with.

    Returns:
        Its title, language, licence and elements. Bad markup is read as browsers read it; nothing raises.
    """
    tree = LexborHTMLParser(limit_depth(decode(data, content_type)))
    builder = Builder(url, _base(tree, url))
    html = tree.root
    if html is not None:
        language = html.attributes.get("lang") or html.attributes.get("xml:lang")
        builder.declared_language = _language_code(language)
    builder.license, license_from = stated_license(tree) or (None, None)
    body = tree.body
    if body is not None:
        walker = Walker(builder)
        walker.walk(body)
        mark_link_lists(builder, walker.link_density)
    return ReadDocument(
        title=_title(tree) or builder.first_heading(),
        language=builder.language(),
        license=builder.license,
        elements=builder.elements(),
        inline_images=builder.inline_images,
        license_from=license_from,
    )


def add_html(builder: Builder, html: str, embedded: Sequence[Callable[[Builder], None]] = ()) -> None:
    """Add what a piece of HTML holds to a document that another reader reads.

    Args:
        builder: the document.
        html: the piece.
        embedded: writers of foreign parts; the n-th is called at the element `<looseleaf-part n="...">`.
    """
    body = LexborHTMLParser(limit_depth(html)).body
    if body is not None:
        Walker(builder, embedded).walk(body)


def _base(tree: LexborHTMLParser, url: str) -> str:
    for node in tree.css("base"):
        href = node.attributes.get("href")
        if href is not None:
            return join_url(url, href) or url
    return url


def _title(tree: LexborHTMLParser) -> str | None:
    node: LexborNode | None = tree.css_first("head > title")
    return fold(plain_text(node)) or None if node is not None else None


def _language_code(tag: str | None) -> str | None:
    code = (tag or "").split("-")[0].split("_")[0].lower()
    return code if len(code) == 2 and code.isalpha() else None
