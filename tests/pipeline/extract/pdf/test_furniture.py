"""What repeats from page to page."""

from __future__ import annotations

from reportlab.pdfgen.canvas import Canvas

from tests.pipeline.extract.pdf.reading import FULL, of_kind, read, texts
from tests.pipeline.extract.pdf.sheets import (
    HEIGHT,
    MARGIN,
    WIDTH,
    prose,
    sheets,
    write,
)


def test_headers_footers_and_page_numbers_are_boilerplate() -> None:
    def page(number: int):
        def draw(canvas: Canvas) -> None:
            canvas.setFont("Times-Roman", 8)
            canvas.drawString(MARGIN, HEIGHT - 30, "Report 17: Plate with a hole")
            canvas.drawCentredString(WIDTH / 2, 30, f"Page {number} of 4")
            write(canvas, prose(f"Words{number}", 90), MARGIN, 760, FULL)

        return draw

    document = read(sheets(*(page(number) for number in range(1, 5))))
    content = [one for one in document.elements if not one.boilerplate]
    assert [one.text for one in content] == [prose(f"Words{number}", 90) for number in range(1, 5)]
    assert [one.page for one in content] == [1, 2, 3, 4]
    marked = [one.text for one in document.elements if one.boilerplate and one.page == 2]
    assert marked == ["Report 17: Plate with a hole", "Page 2 of 4"]


def test_code_that_opens_two_pages_in_a_row_is_content() -> None:
    def page(number: int):
        def draw(canvas: Canvas) -> None:
            canvas.setFont("Times-Roman", 8)
            canvas.drawString(MARGIN, HEIGHT - 30, f"Chapter {number}: {prose('Name', 3)}")
            if number in (3, 4):
                canvas.setFont("Courier", 9)
                canvas.drawString(MARGIN, HEIGHT - 70, "[KINS]")
            write(canvas, prose(f"Words{number}", 90), MARGIN, 700, FULL)

        return draw

    document = read(sheets(*(page(number) for number in range(1, 12))))
    assert texts(document, "code") == ["[KINS]", "[KINS]"]
    assert sum(one.boilerplate for one in document.elements) == 11


def test_headings_that_come_again_are_content() -> None:
    def page(number: int):
        def draw(canvas: Canvas) -> None:
            if number % 6 == 0:
                canvas.setFont("Helvetica-Bold", 16)
                canvas.drawString(MARGIN, HEIGHT - 60, "Parameters")
            write(canvas, prose(f"Words{number}", 90), MARGIN, 700, FULL)

        return draw

    document = read(sheets(*(page(number) for number in range(1, 20))))
    assert [(one.text, one.boilerplate) for one in of_kind(document, "heading")] == [
        ("Parameters", False)
    ] * 3
