"""Reading order on a page: columns, headings and what they hold."""

from __future__ import annotations

from reportlab.pdfgen.canvas import Canvas

from tests.pipeline.extract.pdf.reading import FULL, of_kind, read, texts
from tests.pipeline.extract.pdf.sheets import (
    MARGIN,
    WIDTH,
    prose,
    sheets,
    write,
)


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
