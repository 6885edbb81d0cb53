"""A page, or a piece of HTML within another document, to elements."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from selectolax.lexbor import LexborHTMLParser, LexborNode

from pipeline.extract.builder import Builder, fold
from pipeline.extract.element import ReadDocument
from pipeline.extract.encoding import decode
from pipeline.extract.html.code import plain_text
from pipeline.extract.html.depth import limit_depth
from pipeline.extract.html.descriptions import bind_descriptions, describing_nodes
from pipeline.extract.html.direction import language_code
from pipeline.extract.html.license import stated_license
from pipeline.extract.html.links import rate_elements
from pipeline.extract.html.opt_out import stated_opt_out
from pipeline.extract.html.walk import Walker
from pipeline.extract.urls import join_url

#: Looked for first: to ask the tree takes longer, and most pages have neither.
_BASES = ("<base", "<BASE")
_LICENSES = (
    "icens",
    "icenc",
    "ICENS",
    "ICENC",
    "ights",
    "RIGHTS",
    "opyright",
    "COPYRIGHT",
    "creativecommons",
)


def read_html(data: bytes, url: str, content_type: str | None = None) -> ReadDocument:
    """Read an HTML page.

    Args:
        data: the bytes of the page.
        url: its URL; relative references count from it, or from the page's first `<base href>`.
        content_type: the Content-Type header that it came with.

    Returns:
        Its title, language, licence and elements. Bad markup is read as browsers read it; nothing raises.
    """
    text = limit_depth(decode(data, content_type))
    tree = LexborHTMLParser(text)
    builder = Builder(url, _base(tree, url) if any(name in text for name in _BASES) else url)
    stated = stated_license(tree) if any(name in text for name in _LICENSES) else None
    builder.license, license_from = stated or (None, None)
    walker = Walker(builder, describing=describing_nodes(tree, text))
    html = tree.root
    if html is not None and html.attributes:
        builder.declared_language = language_code(
            html.attributes.get("lang") or html.attributes.get("xml:lang")
        )
        walker.state_language(html.attributes)
    body = tree.body
    if body is not None:
        walker.walk(body)
    else:
        for alternative in tree.css("noframes"):
            walker.nested_page(plain_text(alternative))
    bind_descriptions(walker, tree)
    rate_elements(builder, walker.page.links)
    return ReadDocument(
        title=_title(tree) or builder.first_heading(),
        language=builder.language(),
        license=builder.license,
        elements=builder.elements(),
        inline_images=builder.inline_images,
        opt_out=stated_opt_out(tree),
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
