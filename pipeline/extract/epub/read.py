"""An e-book to elements."""

from __future__ import annotations

from urllib.parse import quote, unquote

from pipeline.extract.builder import Builder
from pipeline.extract.element import ReadDocument, UnreadableDocumentError
from pipeline.extract.epub.package import Book, Item, read_book
from pipeline.extract.epub.xhtml import as_html
from pipeline.extract.html.read import add_html
from pipeline.extract.licenses import license_of
from pipeline.extract.ooxml.properties import language_code
from pipeline.extract.zip_package import ZipPackage

_NAME = "e-book"
#: What references within the book count from: no other document has such a URL.
_INSIDE = "epub://book/"
_PAGES = ("application/xhtml", "text/html", "application/x-dtbook")


def read_epub(data: bytes, url: str, content_type: str | None = None) -> ReadDocument:  # noqa: ARG001 - a reader's form
    """Read an e-book (EPUB 2 or 3), its chapters in the order of the spine.

    The table of contents is boilerplate; images are taken from the book itself.

    Args:
        data: its bytes.
        url: its URL, the stem of its images' names.
        content_type: unused; a reader is called with it.

    Raises:
        UnreadableDocumentError: if it is no e-book, encrypted, broken, or unpacks to too much.
    """
    package = ZipPackage(data, _NAME)
    book = read_book(package)
    builder = Builder(url, url)
    builder.title = book.title
    builder.declared_language = language_code(book.language)
    builder.license = license_of(book.rights) if book.rights else None
    builder.part_of = lambda reference: _file(package, reference)
    for item in book.spine:
        _add(builder, package, item)
    builder.base_url = url
    document = builder.document()
    return _with_cover(builder, package, book) if book.cover is not None else document


def _add(builder: Builder, package: ZipPackage, item: Item) -> None:
    data = package.read(item.path)
    if data is None:
        builder.leave_out("missing_chapter", f"The e-book lacks {item.path[:80]!r}, or it is broken.")
    elif item.media_type.startswith(_PAGES):
        builder.base_url = _INSIDE + quote(item.path)
        add_html(builder, as_html(data, boilerplate="nav" in item.properties))
    elif item.media_type.startswith("image/"):
        builder.inline_image(data, None)
    else:
        builder.leave_out("unread_chapter", f"The e-book's {item.path[:80]!r} is of type {item.media_type}.")


def _with_cover(builder: Builder, package: ZipPackage, book: Book) -> ReadDocument:
    """Return the book with its cover first, unless a page shows it."""
    assert book.cover is not None
    cover = package.read(book.cover.path)
    first = Builder(builder.uri, builder.uri)
    first.title, first.license = builder.title, builder.license
    first.declared_language = builder.declared_language
    if cover is not None and cover not in builder.inline_images.values():
        first.inline_image(cover, None)
    first.embed(builder.document(), 0)
    return first.document()


def _file(package: ZipPackage, reference: str) -> bytes | None:
    if not reference.startswith(_INSIDE):
        return None
    try:
        return package.read(unquote(reference[len(_INSIDE) :].partition("?")[0])) or None
    except UnreadableDocumentError as error:
        if error.rule == "zip_bomb":
            raise
        return None
