"""Lines to paragraphs, lists and code, also over the end of a page."""

from __future__ import annotations

from reportlab.lib.utils import simpleSplit
from reportlab.pdfgen.canvas import Canvas

from tests.pipeline.extract.pdf.reading import FULL, of_kind, read, texts
from tests.pipeline.extract.pdf.sheets import (
    MARGIN,
    picture,
    place,
    prose,
    sheets,
    write,
)


def test_lines_become_paragraphs_and_cut_words_are_mended() -> None:
    lines = [
        "The well-known real-time kernel was confi-",
        "gured by hand, so that it also needs a real-",
        "time patch, as everyone who has ever tried",
        "it knows.",
        "A second paragraph begins here.",
    ]

    def draw(canvas: Canvas) -> None:
        canvas.setFont("Times-Roman", 10)
        for index, line in enumerate(lines):
            canvas.drawString(MARGIN, 700 - 12 * index, line)

    assert texts(read(sheets(draw))) == [
        "The well-known real-time kernel was configured by hand, so that it also needs a real-time patch, as "
        "everyone who has ever tried it knows.",
        lines[-1],
    ]


def test_a_paragraph_goes_on_over_a_page_and_its_figure() -> None:
    words = prose("Long", 120)
    lines = simpleSplit(words, "Times-Roman", 10, 300)

    def first(canvas: Canvas) -> None:
        write(canvas, " ".join(lines[:5]), MARGIN, 200, 300)

    def second(canvas: Canvas) -> None:
        place(canvas, picture((200, 30, 30)), (MARGIN, 650, 180, 120))
        write(canvas, " ".join(lines[5:]), MARGIN, 600, 300)

    document = read(sheets(first, second))
    assert [element.kind for element in document.elements] == ["text", "image"]
    assert document.elements[0].text == words


def test_lists_have_levels_and_lose_their_markers() -> None:
    def draw(canvas: Canvas) -> None:
        write(canvas, prose("Before"), MARGIN, 780, FULL)
        canvas.setFont("Times-Roman", 10)
        for index, (indent, marker, text) in enumerate(
            [(0, "•", "first"), (20, "–", "deeper"), (20, "–", "deeper too"), (0, "•", "second")]
        ):
            canvas.drawString(MARGIN + indent, 600 - 14 * index, marker)
            canvas.drawString(MARGIN + indent + 12, 600 - 14 * index, text)
        for index, text in enumerate(("one", "two", "three")):
            canvas.drawString(MARGIN, 500 - 14 * index, f"{index + 1}. {text}")

    found = [(one.text, one.level) for one in of_kind(read(sheets(draw)), "list_item")]
    assert found == [
        ("first", 1), ("deeper", 2), ("deeper too", 2), ("second", 1), ("one", 1), ("two", 1), ("three", 1),
    ]  # fmt: skip


def test_code_keeps_its_indentation_and_blank_lines() -> None:
    code = "def force(x):\n    if x > 0:\n        return 3\n\n    return 4"

    def draw(canvas: Canvas) -> None:
        write(canvas, prose("Before"), MARGIN, 780, FULL)
        canvas.setFont("Courier", 9)
        for index, line in enumerate(code.split("\n")):
            canvas.drawString(
                MARGIN + 20 + 9 * 0.6 * (len(line) - len(line.lstrip())), 600 - 11 * index, line.strip()
            )
        write(canvas, prose("After"), MARGIN, 500, FULL)

    document = read(sheets(draw))
    assert texts(document, "code") == [code]
    assert [element.kind for element in document.elements] == ["text", "code", "text"]
