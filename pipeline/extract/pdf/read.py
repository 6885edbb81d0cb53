"""A PDF to elements: every page by where its text, pictures and rules stand, then the document as a whole."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from pipeline.extract.builder import Builder
from pipeline.extract.element import ReadDocument, UnreadableDocumentError
from pipeline.extract.pdf.blocks import Block, Marks, page_blocks
from pipeline.extract.pdf.captions import bind_captions
from pipeline.extract.pdf.frame import Frame
from pipeline.extract.pdf.furniture import find_furniture
from pipeline.extract.pdf.joining import Vocabulary, carry_over
from pipeline.extract.pdf.limits import MAX_IMAGE_BYTES, MAX_IMAGES, MAX_PAGES, MAX_SIDE
from pipeline.extract.pdf.metadata import describe
from pipeline.extract.pdf.outline import outlined, read_outline
from pipeline.extract.pdf.page import Page, read_page
from pipeline.extract.pdf.typography import typography
from pipeline.extract.pdf.write import write_blocks

_HEADER = re.compile(rb"%PDF-\d")
_HEADER_WITHIN = 1024


def read_pdf(data: bytes, url: str, content_type: str | None = None) -> ReadDocument:  # noqa: ARG001
    """Read a PDF. What pdfium cannot open is refused; a page that it cannot load is left out, with a reason.

    Args:
        data: its bytes.
        url: its URL.
        content_type: the Content-Type header that it came with, which says nothing more.

    Raises:
        UnreadableDocumentError: if it is no PDF, is encrypted, is broken beyond repair, or has no page.
    """
    if not _HEADER.search(data[:_HEADER_WITHIN]):
        raise UnreadableDocumentError("not_pdf", "The file does not begin as a PDF does.")
    builder = Builder(url, url)
    with _opened(data) as document:
        pages = list(_pages(document, builder))
        entries = read_outline(document)
        describe(document, builder)
    if not pages:
        raise UnreadableDocumentError("no_pages", "None of the PDF's pages can be read.", 0.0, 1.0)
    furniture = find_furniture(pages)
    marked = outlined(pages, entries, furniture)
    furniture -= marked.keys()
    known = typography(pages, furniture, marked)
    marks = Marks(furniture, marked, known)
    columns: list[list[Block]] = [column for page in pages for column in page_blocks(page, marks)]
    carry_over(columns)
    blocks = [block for column in columns for block in column]
    captions = bind_captions(blocks)
    vocabulary = Vocabulary([line for page in pages for line in page.lines()])
    write_blocks(builder, blocks, captions, vocabulary)
    _state_missing_text(builder, pages)
    return ReadDocument(
        title=builder.title or builder.first_heading(),
        language=builder.language(),
        license=builder.license,
        elements=builder.elements(),
        inline_images=builder.inline_images,
        left_out=tuple(builder.left_out),
    )


@contextmanager
def _opened(data: bytes) -> Iterator[Any]:
    """Give pdfium's handle of a document.

    Raises:
        UnreadableDocumentError: if it cannot be opened, or has no page or too many.
    """
    import pypdfium2.raw as pdfium  # noqa: PLC0415 - loads a library that only this reader needs

    pdfium.FPDF_InitLibrary()
    document = pdfium.FPDF_LoadMemDocument64(data, len(data), None)
    if not document:
        error = pdfium.FPDF_GetLastError()
        if error in (pdfium.FPDF_ERR_PASSWORD, pdfium.FPDF_ERR_SECURITY):
            raise UnreadableDocumentError("encrypted", "The PDF is encrypted and needs a password.")
        raise UnreadableDocumentError("broken_pdf", "The PDF's structure is broken beyond repair.")
    try:
        count = pdfium.FPDF_GetPageCount(document)
        if count <= 0:
            raise UnreadableDocumentError("no_pages", "The PDF has no pages.", 0.0, 1.0)
        if count > MAX_PAGES:
            raise UnreadableDocumentError(
                "too_many_pages",
                f"The PDF has {count} pages, more than {MAX_PAGES}.",
                float(count),
                float(MAX_PAGES),
            )
        yield document
    finally:
        pdfium.FPDF_CloseDocument(document)


def _pages(document: Any, builder: Builder) -> Iterator[Page]:
    import pypdfium2.raw as pdfium  # noqa: PLC0415 - loads a library that only this reader needs

    size = images = 0
    for index in range(pdfium.FPDF_GetPageCount(document)):
        handle = pdfium.FPDF_LoadPage(document, index)
        if not handle:
            builder.leave_out("broken_page", f"Page {index + 1} cannot be loaded.")
            continue
        try:
            page = _page(pdfium, handle, index + 1, builder)
        finally:
            pdfium.FPDF_ClosePage(handle)
        if page is None:
            continue
        for name in page.cut:
            builder.leave_out(
                "page_too_full", f"Page {page.number} has too many {name}: the rest is left out."
            )
        yield page
        size += sum(len(image.data or b"") for image in page.images())
        images += sum(1 for _ in page.images())
        if size > MAX_IMAGE_BYTES or images > MAX_IMAGES:
            builder.leave_out(
                "too_many_images",
                f"The pages after page {page.number} are left out: the images before them fill the limit.",
                float(size if size > MAX_IMAGE_BYTES else images),
            )
            return


def _page(pdfium: Any, handle: Any, number: int, builder: Builder) -> Page | None:
    box = pdfium.FS_RECTF()
    known = pdfium.FPDF_GetPageBoundingBox(handle, box)
    edges = (box.left, box.bottom, box.right, box.top)
    width, height = box.right - box.left, box.top - box.bottom
    if (
        not known
        or not all(map(math.isfinite, edges))
        or not 0 < width <= MAX_SIDE
        or not 0 < height <= MAX_SIDE
    ):
        builder.leave_out(
            "page_size", f"Page {number} is no page of a size that can be shown.", max(width, height)
        )
        return None
    text = pdfium.FPDFText_LoadPage(handle)
    if not text:
        builder.leave_out("broken_page", f"The text of page {number} cannot be loaded.")
        return None
    try:
        frame = Frame(*edges, pdfium.FPDFPage_GetRotation(handle) % 4)
        return read_page(handle, text, frame, number)
    finally:
        pdfium.FPDFText_ClosePage(text)


def _state_missing_text(builder: Builder, pages: list[Page]) -> None:
    bare = [page for page in pages if not page.has_text]
    if len(bare) > 0.5 * len(pages):
        builder.leave_out(
            "no_text",
            f"{len(bare)} of {len(pages)} pages hold no text but only pictures: they may be scanned.",
            float(len(bare)),
        )
