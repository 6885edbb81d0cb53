"""Ruled tables."""

from __future__ import annotations

from reportlab.pdfgen.canvas import Canvas

from tests.pipeline.extract.pdf.reading import FULL, of_kind, read, texts
from tests.pipeline.extract.pdf.sheets import (
    MARGIN,
    grid,
    prose,
    sheets,
    write,
)


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
