"""A book of 1,335 pages, and a thousand broken PDFs."""

from __future__ import annotations

import bisect
import io
import re
from collections import Counter
from dataclasses import dataclass, replace

import pypdfium2
import pypdfium2.raw as pdfium
import pytest
from PIL import Image

from flows.bench.corpora import debian_tree
from pipeline.extract.document import read_document
from pipeline.extract.element import ReadDocument
from pipeline.extract.media import PDF
from pipeline.extract.readers import READERS
from pipeline.isolation.call import Limits
from tests.pipeline.extract.pdf.mutations import read_mutated
from tests.pipeline.extract.pdf.sheets import originals

_SIDE = 128
_FIGURES = 379
_CAPTION = re.compile(r"Figure \d+\.\d+: ")
_HEAD = re.compile(r"LinuxCNC V2\.9.*|\d+ / 1279")
_NO_LETTER = re.compile(r"[\W_]+")


@dataclass(frozen=True)
class Figure:
    """An image of the book as pdfium lists it: its page, its size, the bookmark that it stands under."""

    page: int
    size: tuple[int, int]
    section: str


@pytest.fixture(scope="module")
def book() -> bytes:
    folder = debian_tree("linuxcnc-doc-en") / "usr/share/doc/linuxcnc"
    return (folder / "LinuxCNC_Documentation.pdf").read_bytes()


@pytest.fixture(scope="module")
def read(book: bytes) -> ReadDocument:
    return read_document(book, PDF, "file:///book.pdf")


def test_every_figure_is_found_in_its_section(book: bytes, read: ReadDocument) -> None:
    figures = _figures(book)
    assert len(figures) == _FIGURES
    found: Counter[tuple[int, tuple[int, int]]] = Counter()
    sectioned: Counter[Figure] = Counter()
    for element in read.elements:
        if element.kind == "image" and not element.boilerplate:
            assert element.page is not None
            assert element.image_id is not None
            size = Image.open(io.BytesIO(read.inline_images[element.image_id])).size
            found[element.page, size] += 1
            sectioned[Figure(element.page, size, _folded(element.section_path[-1:]))] += 1
    there = sum((Counter((one.page, one.size) for one in figures) & found).values())
    # A heading has its number before the bookmark's words, and a part has it in both.
    right = sum(
        any(
            one.page == other.page and one.size == other.size and other.section.endswith(one.section)
            for other in sectioned
        )
        for one in figures
    )
    print(f"{there} of {_FIGURES} figures found, {right} of them in the right section")
    assert there >= 0.95 * _FIGURES
    assert right >= 0.95 * _FIGURES


def test_every_printed_caption_is_bound_to_a_picture_of_its_page(book: bytes, read: ReadDocument) -> None:
    printed = _printed_captions(book)
    bound = Counter(
        (element.page, " ".join((element.text or "").split()[:2]))
        for element in read.elements
        if element.caption_of is not None and read.elements[element.caption_of].page == element.page
    )
    shared = sum((printed & bound).values())
    print(f"{shared} of {printed.total()} printed captions bound")
    assert printed.total() > 300
    assert shared >= 0.98 * printed.total()
    assert bound.total() <= 1.02 * printed.total()


def test_the_outline_is_the_headings(book: bytes, read: ReadDocument) -> None:
    with pypdfium2.PdfDocument(book) as document:
        titles = Counter(_folded([mark.get_title()]) for mark in document.get_toc())
    headings = [_folded([element.text or ""]) for element in read.elements if element.kind == "heading"]
    named = sum(any(heading.endswith(title) for heading in headings) for title in titles)
    assert named >= 0.99 * len(titles)
    assert len(headings) <= 1.01 * titles.total()


def test_page_heads_are_boilerplate_and_nothing_else_on_a_page_of_text(read: ReadDocument) -> None:
    heads = [one for one in read.elements if one.boilerplate and one.kind == "text"]
    assert len({one.page for one in heads}) > 1270
    after_contents = [one.text or "" for one in heads if one.page is not None and one.page > 57]
    assert [text for text in after_contents if not _HEAD.fullmatch(text)] == []


def test_a_thousand_broken_pdfs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(READERS, PDF, replace(READERS[PDF], limits=Limits(seconds=10.0, memory=512)))
    plots = sorted(debian_tree("python-skimage-doc").rglob("*.pdf"))
    outcome = read_mutated([*originals(), *(plot.read_bytes() for plot in plots)], 1000, seed=1)
    print(outcome)
    assert outcome.read + outcome.refused.total() == 1000
    assert outcome.read > 300
    assert "" not in outcome.refused
    assert outcome.seconds < 12
    assert 10 < outcome.memory < 512


def _figures(book: bytes) -> list[Figure]:
    with pypdfium2.PdfDocument(book) as document:
        marks = []
        for mark in document.get_toc():
            target = mark.get_dest()
            if target is not None:
                marks.append((target.get_index(), -target.get_view()[1][1], mark.get_title()))
        places = [mark[:2] for mark in marks]
        figures = []
        for index, page in enumerate(document):
            for image in page.get_objects(filter=[pdfium.FPDF_PAGEOBJ_IMAGE]):
                if min(image.get_px_size()) >= _SIDE:
                    above = bisect.bisect_right(places, (index, -image.get_bounds()[3] - 0.5)) - 1
                    title = re.sub(r"^[IVX]+ ", "", marks[above][2])
                    figures.append(Figure(index + 1, image.get_px_size(), _folded([title])))
        return figures


def _printed_captions(book: bytes) -> Counter[tuple[int, str]]:
    """Count the lines that begin as a caption does, by page: pdfium's own lines of text."""
    with pypdfium2.PdfDocument(book) as document:
        return Counter(
            (index + 1, " ".join(line.split()[:2]))
            for index, page in enumerate(document)
            for line in page.get_textpage().get_text_range().splitlines()
            if _CAPTION.match(line)
        )


def _folded(texts: object) -> str:
    assert isinstance(texts, (list, tuple))
    return _NO_LETTER.sub("", " ".join(texts)).casefold()
