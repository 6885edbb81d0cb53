"""Whole PDFs to elements."""

from __future__ import annotations

import hashlib
import io
from pathlib import Path

import pytest
from PIL import Image
from reportlab.lib.pdfencrypt import StandardEncryption
from reportlab.lib.utils import simpleSplit
from reportlab.pdfgen.canvas import Canvas

from pipeline.extract.element import Element, ReadDocument, UnreadableDocumentError
from pipeline.extract.pdf import limits, read_pdf
from tests.pipeline.extract.pdf.sheets import (
    HEIGHT,
    MARGIN,
    WIDTH,
    grid,
    picture,
    place,
    plot,
    prose,
    sheets,
    write,
)

FULL = WIDTH - 2 * MARGIN


def read(data: bytes) -> ReadDocument:
    return read_pdf(data, "file:///a.pdf")


def of_kind(document: ReadDocument, kind: str) -> list[Element]:
    return [element for element in document.elements if element.kind == kind]


def texts(document: ReadDocument, kind: str = "text") -> list[str]:
    return [element.text or "" for element in of_kind(document, kind)]


def test_two_columns_below_a_title_are_read_one_after_the_other() -> None:
    names = ["Alpha", "Beta", "Gamma", "Delta"]

    def draw(canvas: Canvas) -> None:
        canvas.setFont("Helvetica-Bold", 18)
        canvas.drawCentredString(WIDTH / 2, 770, "A Plate With a Hole")
        y = write(canvas, prose("Abstract", 50), MARGIN, 740, FULL)
        width = (FULL - 15) / 2
        for index, x in enumerate((MARGIN, MARGIN + width + 15)):
            # The columns are not on one grid.
            below = write(canvas, prose(names[2 * index], 70), x, y - 20 - 3 * index, width)
            write(canvas, prose(names[2 * index + 1], 70), x, below - 8, width)

    document = read(sheets(draw))
    assert texts(document, "heading") == ["A Plate With a Hole"]
    assert texts(document) == [prose("Abstract", 50), *(prose(name, 70) for name in names)]


def test_three_columns_on_one_grid() -> None:
    def draw(canvas: Canvas) -> None:
        width = (FULL - 30) / 3
        for index in range(3):
            write(canvas, prose(f"Column{index}", 80), MARGIN + index * (width + 15), 700, width)

    assert texts(read(sheets(draw))) == [prose(f"Column{index}", 80) for index in range(3)]


def test_rows_of_a_table_without_rules_stay_rows() -> None:
    def draw(canvas: Canvas) -> None:
        write(canvas, prose("Before"), MARGIN, 750, FULL)
        canvas.setFont("Times-Roman", 10)
        for index in range(6):
            canvas.drawString(MARGIN, 600 - 24 * index, f"Row{index}")
            canvas.drawString(MARGIN + 250, 600 - 24 * index, f"value {index}")

    rows = [text for text in texts(read(sheets(draw))) if text.startswith("Row")]
    assert rows == [f"Row{index} value {index}" for index in range(6)]


def test_headings_have_levels_by_their_size_and_hold_what_follows() -> None:
    def draw(canvas: Canvas) -> None:
        y = 780.0
        for name, size in (("1 Setup", 18), ("1.1 Mesh", 14), ("1.2 Loads", 14), ("2 Results", 18)):
            canvas.setFont("Helvetica-Bold", size)
            canvas.drawString(MARGIN, y, name)
            y = write(canvas, prose(name.split()[1]), MARGIN, y - 30, FULL) - 20

    document = read(sheets(draw))
    found = [(element.text, element.level) for element in of_kind(document, "heading")]
    assert found == [("1 Setup", 1), ("1.1 Mesh", 2), ("1.2 Loads", 2), ("2 Results", 1)]
    paths = [element.section_path for element in of_kind(document, "text")]
    assert paths == [("1 Setup",), ("1 Setup", "1.1 Mesh"), ("1 Setup", "1.2 Loads"), ("2 Results",)]


def test_the_outline_names_headings_whatever_their_looks() -> None:
    def draw(canvas: Canvas) -> None:
        y = 780.0
        for level, name in enumerate(("Part", "Chapter", "Section")):
            canvas.bookmarkHorizontalAbsolute(name, y + 12)
            canvas.addOutlineEntry(name, name, level)
            canvas.setFont("Times-Roman", 10)
            canvas.drawString(MARGIN, y, f"{level + 1}. {name}")
            y = write(canvas, prose("Words"), MARGIN, y - 30, FULL) - 20

    found = [(one.text, one.level) for one in of_kind(read(sheets(draw)), "heading")]
    assert found == [("1. Part", 1), ("2. Chapter", 2), ("3. Section", 3)]


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


def test_ruled_tables_are_cells_and_no_text() -> None:
    rows = [["Case", "Load [kN]", "Stress [MPa]"], ["A", "10", "120"], ["B", "20", "241"]]

    def draw(canvas: Canvas) -> None:
        write(canvas, prose("Before"), MARGIN, 780, FULL)
        grid(canvas, MARGIN, 650, (100, 120, 140), rows)
        write(canvas, prose("After"), MARGIN, 500, FULL)

    document = read(sheets(draw))
    (table,) = of_kind(document, "table")
    assert table.cells == tuple(map(tuple, rows))
    assert table.text is not None
    assert table.text.startswith("| Case | Load [kN] | Stress [MPa] |")
    assert texts(document) == [prose("Before"), prose("After")]


def test_merged_cells_are_repeated() -> None:
    def draw(canvas: Canvas) -> None:
        canvas.setFont("Times-Roman", 9)
        for y in (700, 680, 660):
            canvas.line(100, y, 300, y)
        for x in (100, 300):
            canvas.line(x, 660, x, 700)
        canvas.line(200, 660, 200, 680)
        for x, y, text in ((105, 686, "Both"), (105, 666, "left"), (205, 666, "right")):
            canvas.drawString(x, y, text)

    (table,) = of_kind(read(sheets(draw)), "table")
    assert table.cells == (("Both", "Both"), ("left", "right"))


def test_a_table_with_level_rules_only() -> None:
    rows = [("Case", "Load", "Stress"), ("A", "10", "120"), ("B", "20", "241")]

    def draw(canvas: Canvas) -> None:
        write(canvas, prose("Before"), MARGIN, 780, FULL)
        for y in (650, 632, 596):
            canvas.line(MARGIN, y, MARGIN + 300, y)
        canvas.setFont("Times-Roman", 9)
        for index, row in enumerate(rows):
            for column, cell in enumerate(row):
                canvas.drawString(MARGIN + 4 + 110 * column, 637 - 16 * index, cell)

    (table,) = of_kind(read(sheets(draw)), "table")
    assert table.cells == tuple(rows)


def test_figures_have_the_captions_printed_below_them() -> None:
    colors = ((200, 30, 30), (30, 200, 30))

    def draw(canvas: Canvas) -> None:
        write(canvas, prose("Before"), MARGIN, 790, FULL)
        for index, color in enumerate(colors):
            place(canvas, picture(color), (MARGIN, 560 - 220 * index, 180, 120))
            canvas.setFont("Times-Roman", 9)
            canvas.drawString(MARGIN, 545 - 220 * index, f"Figure {index + 1}: Colour {index}.")
        write(canvas, prose("After"), MARGIN, 260, FULL)

    document = read(sheets(draw))
    images = of_kind(document, "image")
    captions = [one for one in document.elements if one.caption_of is not None]
    assert [one.text for one in captions] == ["Figure 1: Colour 0.", "Figure 2: Colour 1."]
    assert [one.caption_of for one in captions] == [one.position for one in images]
    assert [one.figure for one in captions] == [one.figure for one in images]
    for image, color in zip(images, colors, strict=True):
        assert image.image_id is not None
        pixels = Image.open(io.BytesIO(document.inline_images[image.image_id]))
        assert pixels.size == (120, 80)
        assert pixels.convert("RGB").getpixel((110, 70)) == color


def test_captions_above_are_bound_where_the_document_has_them_above() -> None:
    def draw(canvas: Canvas) -> None:
        canvas.setFont("Times-Roman", 9)
        for index in range(3):
            canvas.drawString(MARGIN, 780 - 150 * index, f"Figure {index + 1}. Above number {index + 1}")
            place(canvas, picture((90 * index, 80, 80)), (MARGIN, 670 - 150 * index, 150, 100))

    document = read(sheets(draw))
    images = of_kind(document, "image")
    bound = [one.caption_of for one in document.elements if one.caption_of is not None]
    assert bound == [one.position for one in images]


def test_one_caption_for_two_pictures_side_by_side() -> None:
    def draw(canvas: Canvas) -> None:
        place(canvas, picture((200, 30, 30)), (MARGIN, 600, 150, 100))
        place(canvas, picture((30, 30, 200)), (MARGIN + 160, 600, 150, 100))
        write(canvas, "Figure 7: Left and right.", MARGIN, 585, FULL, size=9)
        write(canvas, prose("After"), MARGIN, 500, FULL)

    document = read(sheets(draw))
    first, second = of_kind(document, "image")
    (caption,) = [one for one in document.elements if one.caption_of is not None]
    assert caption.caption_of == first.position
    assert first.figure == second.figure == caption.figure


def test_a_sentence_that_begins_with_a_figure_is_no_caption() -> None:
    sentence = "Figure 3 shows that the stress near the hole is " + prose("three", 40)

    def draw(canvas: Canvas) -> None:
        place(canvas, picture((200, 30, 30)), (MARGIN, 600, 150, 100))
        write(canvas, sentence, MARGIN, 480, FULL)

    document = read(sheets(draw))
    assert all(one.caption_of is None for one in document.elements)
    assert texts(document) == [sentence]


def test_a_drawing_is_a_rendered_picture_with_its_words() -> None:
    def draw(canvas: Canvas) -> None:
        write(canvas, prose("Before"), MARGIN, 780, FULL)
        plot(canvas, 150, 450, 240, 160)
        write(canvas, "Figure 1: Force over displacement.", MARGIN, 415, FULL, size=9)
        write(canvas, prose("After"), MARGIN, 380, FULL)

    document = read(sheets(draw))
    (image,) = of_kind(document, "image")
    assert image.alt is not None
    assert "displacement [mm]" in image.alt
    assert "force [kN]" in image.alt
    assert texts(document) == [prose("Before"), "Figure 1: Force over displacement.", prose("After")]
    assert document.elements[2].caption_of == image.position
    assert image.image_id is not None
    pixels = Image.open(io.BytesIO(document.inline_images[image.image_id])).convert("L")
    # All of it is in the picture, at 150 dots per inch, and nothing around it.
    assert abs(pixels.width - (240 + 45) * 150 / 72) < 60
    assert pixels.getextrema()[0] < 60


def test_an_image_with_axes_is_one_picture_with_its_numbers() -> None:
    def draw(canvas: Canvas) -> None:
        write(canvas, prose("Before"), MARGIN, 780, FULL)
        place(canvas, picture((30, 60, 200)), (150, 500, 200, 150))
        canvas.rect(150, 500, 200, 150)
        canvas.setFont("Helvetica", 7)
        for step in range(5):
            canvas.line(150 + 50 * step, 496, 150 + 50 * step, 500)
            canvas.drawCentredString(150 + 50 * step, 487, str(20 * step))
            canvas.line(146, 500 + 37 * step, 150, 500 + 37 * step)
            canvas.drawRightString(144, 498 + 37 * step, str(10 * step))
        write(canvas, prose("After"), MARGIN, 420, FULL)

    document = read(sheets(draw))
    assert [one.kind for one in document.elements] == ["text", "image", "text"]
    numbers = [*range(0, 50, 10), *range(0, 100, 20)]
    assert sorted(map(int, (document.elements[1].alt or "").split())) == sorted(numbers)


def test_a_framed_image_keeps_its_own_pixels() -> None:
    def draw(canvas: Canvas) -> None:
        place(canvas, picture((30, 60, 200)), (150, 500, 200, 150))
        canvas.rect(149, 499, 202, 152)

    document = read(sheets(draw))
    (image,) = of_kind(document, "image")
    assert image.image_id is not None
    assert Image.open(io.BytesIO(document.inline_images[image.image_id])).size == (120, 80)


def test_frames_and_rules_are_no_pictures() -> None:
    def draw(canvas: Canvas) -> None:
        canvas.roundRect(MARGIN - 5, 640, FULL + 10, 80, 4)
        write(canvas, prose("Framed", 30), MARGIN, 700, FULL)
        canvas.line(MARGIN, 600, WIDTH - MARGIN, 600)
        canvas.setFillGray(0.9)
        canvas.rect(MARGIN, 500, FULL, 60, stroke=0, fill=1)
        canvas.setFillGray(0)
        write(canvas, prose("Shaded", 30), MARGIN + 4, 540, FULL - 8)

    document = read(sheets(draw))
    assert of_kind(document, "image") == []
    assert texts(document) == [prose("Framed", 30), prose("Shaded", 30)]


def test_jpeg_bytes_are_kept_as_they_are(tmp_path: Path) -> None:
    path = tmp_path / "a.jpg"
    picture((10, 120, 200)).save(path, "JPEG")

    def draw(canvas: Canvas) -> None:
        # reportlab puts a JPEG file into the PDF as it is.
        canvas.drawImage(str(path), MARGIN, 500, 180, 120)

    (image,) = of_kind(read(sheets(draw)), "image")
    assert image.image_id == hashlib.sha256(path.read_bytes()).hexdigest()


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


def test_a_scanned_page_is_a_picture_and_says_so() -> None:
    def draw(canvas: Canvas) -> None:
        place(canvas, picture((230, 230, 220), (600, 850)), (0, 0, WIDTH, HEIGHT))

    document = read(sheets(draw))
    assert [one.kind for one in document.elements] == ["image"]
    (reason,) = document.left_out
    assert reason.rule == "no_text"


def test_words_on_a_picture_that_fills_the_page_are_text() -> None:
    def draw(canvas: Canvas) -> None:
        place(canvas, picture((230, 230, 220), (600, 850)), (0, 0, WIDTH, HEIGHT))
        write(canvas, prose("Over"), MARGIN, 700, FULL)

    document = read(sheets(draw))
    assert [one.kind for one in document.elements] == ["image", "text"]


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
