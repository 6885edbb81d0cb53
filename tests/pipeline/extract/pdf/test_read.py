"""Whole PDFs to elements: turned pages, metadata, and what is refused."""

from __future__ import annotations

import io

import pytest
from PIL import Image
from reportlab.lib.pdfencrypt import StandardEncryption
from reportlab.pdfgen.canvas import Canvas

from pipeline.extract.element import UnreadableDocumentError
from pipeline.extract.pdf import limits
from tests.pipeline.extract.pdf.reading import FULL, of_kind, read, texts
from tests.pipeline.extract.pdf.sheets import (
    HEIGHT,
    MARGIN,
    WIDTH,
    picture,
    place,
    plot,
    prose,
    sheets,
    write,
)


@pytest.mark.parametrize("turn", [90, 180, 270])
def test_a_turned_page_is_read_as_it_is_seen(turn: int) -> None:
    def draw(canvas: Canvas) -> None:
        canvas.setPageRotation(turn)
        canvas.saveState()
        if turn == 180:
            canvas.translate(WIDTH, HEIGHT)
        elif turn == 90:
            canvas.translate(WIDTH, 0)
        else:
            canvas.translate(0, WIDTH)  # reportlab lays the page on its side
        canvas.rotate(turn)
        write(canvas, prose("First"), 60, 500, 400)
        write(canvas, prose("Second"), 60, 380, 400)
        place(canvas, picture((200, 30, 30)), (60, 180, 180, 120))
        canvas.restoreState()

    document = read(sheets(draw))
    assert texts(document) == [prose("First"), prose("Second")]
    (image,) = of_kind(document, "image")
    assert image.image_id is not None
    pixels = Image.open(io.BytesIO(document.inline_images[image.image_id])).convert("RGB")
    assert pixels.size == (120, 80)
    assert pixels.getpixel((5, 5)) == (100, 15, 15)


def test_a_page_laid_sideways_is_read_with_the_head_turned() -> None:
    def draw(canvas: Canvas) -> None:
        canvas.translate(WIDTH, 0)
        canvas.rotate(90)
        write(canvas, prose("First"), 60, 500, 400)
        write(canvas, prose("Second"), 60, 380, 400)

    assert texts(read(sheets(draw))) == [prose("First"), prose("Second")]


def test_metadata() -> None:
    def draw(canvas: Canvas) -> None:
        canvas.setTitle("Plate with a hole")
        canvas.setSubject("Licensed under CC BY-SA 4.0")
        canvas.drawString(MARGIN, 700, "Kurz.")

    document = read(sheets(draw, lang="de-AT"))
    assert (document.title, document.language, document.license) == (
        "Plate with a hole",
        "de",
        "CC-BY-SA-4.0",
    )


def test_the_same_bytes_give_the_same_elements() -> None:
    def draw(canvas: Canvas) -> None:
        plot(canvas, 150, 450, 240, 160)
        place(canvas, picture((200, 30, 30)), (MARGIN, 200, 180, 120))
        write(canvas, prose("Words"), MARGIN, 780, FULL)

    data = sheets(draw)
    assert read(data) == read(data)


def test_encrypted_is_refused() -> None:
    data = sheets(lambda canvas: canvas.drawString(60, 700, "secret"), encrypt=StandardEncryption("key"))
    with pytest.raises(UnreadableDocumentError) as caught:
        read(data)
    assert caught.value.rule == "encrypted"


@pytest.mark.parametrize(
    ("data", "rule"),
    [
        (b"", "not_pdf"),
        (b"<html>no PDF</html>", "not_pdf"),
        (b"%PDF-1.7\nnothing more", "broken_pdf"),
    ],
)
def test_what_is_no_pdf_is_refused(data: bytes, rule: str) -> None:
    with pytest.raises(UnreadableDocumentError) as caught:
        read(data)
    assert caught.value.rule == rule


def test_no_pages() -> None:
    data = sheets(lambda canvas: canvas.drawString(60, 700, "a"))
    # The page tree keeps its form and its length, so that every offset stays true.
    start = data.index(b"/Kids [")
    end = data.index(b"]", start)
    emptied = data[: start + 7] + b" " * (end - start - 7) + data[end:].replace(b"/Count 1", b"/Count 0", 1)
    with pytest.raises(UnreadableDocumentError) as caught:
        read(emptied)
    assert caught.value.rule == "no_pages"


def test_a_truncated_file_gives_the_pages_that_are_there_or_a_reason() -> None:
    data = sheets(*(lambda canvas, n=n: write(canvas, prose(f"Page{n}"), 60, 700, FULL) for n in range(5)))
    outcomes = set()
    for length in range(200, len(data), 400):
        try:
            document = read(data[:length])
        except UnreadableDocumentError as error:
            outcomes.add(error.rule)
        else:
            outcomes.add("pages")
            assert document.elements or document.left_out
    assert outcomes <= {"broken_pdf", "no_pages", "pages"}


def test_a_broken_cross_reference_table_is_mended() -> None:
    data = sheets(lambda canvas: write(canvas, prose("Words"), 60, 700, FULL) and None)
    start = data.rindex(b"xref\n0")
    broken = data[:start] + data[start:].replace(b"0000000", b"0000999")
    assert texts(read(broken)) == [prose("Words")]


def test_a_page_of_a_size_that_nothing_can_show_is_left_out_with_a_reason() -> None:
    def huge(canvas: Canvas) -> None:
        canvas.setPageSize((10_000_000, 10_000_000))
        canvas.drawString(60, 700, "far")

    def usual(canvas: Canvas) -> None:
        canvas.setPageSize((WIDTH, HEIGHT))
        write(canvas, prose("Words"), 60, 700, FULL)

    document = read(sheets(huge, usual))
    assert texts(document) == [prose("Words")]
    assert [one.rule for one in document.left_out] == ["page_size"]


def test_too_many_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pipeline.extract.pdf.read.MAX_PAGES", 3)
    with pytest.raises(UnreadableDocumentError) as caught:
        read(sheets(*[lambda canvas: canvas.drawString(60, 700, "a")] * 4))
    assert (caught.value.rule, caught.value.value, caught.value.threshold) == ("too_many_pages", 4.0, 3.0)


def test_a_page_bomb_is_cut_with_a_reason() -> None:
    def draw(canvas: Canvas) -> None:
        canvas.setFont("Helvetica", 1)
        line = "word " * 400
        for index in range(limits.MAX_CHARACTERS // 1600 + 10):
            canvas.drawString(10, 820 - index * 2, line)

    document = read(sheets(draw))
    assert "page_too_full" in [one.rule for one in document.left_out]
    assert document.elements
