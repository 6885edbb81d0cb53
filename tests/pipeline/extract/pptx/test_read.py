"""A presentation that the tests write comes back element for element."""

from __future__ import annotations

from copy import deepcopy
from io import BytesIO
from typing import Any

from pptx import Presentation
from pptx.chart.data import CategoryChartData
from pptx.enum.chart import XL_CHART_TYPE
from pptx.util import Inches

from pipeline.extract.element import ReadDocument
from pipeline.extract.pptx import read_pptx
from tests.documents import images_of, png, rows_of

URL = "file:///d/a.pptx"


def read(deck: Any) -> ReadDocument:
    file = BytesIO()
    deck.save(file)
    return read_pptx(file.getvalue(), URL)


def blank(deck: Any) -> Any:
    return deck.slides.add_slide(deck.slide_layouts[6])


def box(slide: Any, left: float, top: float, text: str, width: float = 2) -> Any:
    shape = slide.shapes.add_textbox(Inches(left), Inches(top), Inches(width), Inches(0.5))
    shape.text_frame.text = text
    return shape


def short(document: ReadDocument) -> list[tuple[str, str | None]]:
    return [(e.kind, e.text if e.kind != "image" else e.alt) for e in document.elements]


def test_a_deck_element_for_element() -> None:
    deck = Presentation()
    title = deck.slides.add_slide(deck.slide_layouts[0])
    title.shapes.title.text = "Crash study"
    title.placeholders[1].text = "Second loop"
    slide = deck.slides.add_slide(deck.slide_layouts[1])
    slide.shapes.title.text = "Mesh"
    body = slide.placeholders[1].text_frame
    body.text = "Shells"
    nested = body.add_paragraph()
    nested.text, nested.level = "quads only", 1
    picture = slide.shapes.add_picture(BytesIO(png(1)), Inches(6), Inches(5), Inches(2))
    picture._element.nvPicPr.cNvPr.set("descr", "the shell mesh")
    box(slide, 6, 6.6, "Figure 1: The mesh.")
    slide.notes_slide.notes_text_frame.text = "Say why quads."
    found = read(deck)
    crash, mesh = ("Crash study",), ("Mesh",)
    assert rows_of(found) == [
        ("heading", 1, "Crash study", crash, None, None, 1),
        ("text", None, "Second loop", crash, None, None, 1),
        ("heading", 1, "Mesh", mesh, None, None, 2),
        ("list_item", 1, "Shells", mesh, None, None, 2),
        ("list_item", 2, "quads only", mesh, None, None, 2),
        ("image", None, None, mesh, None, "the shell mesh", 2),
        ("text", None, "Figure 1: The mesh.", mesh, 5, None, 2),
        ("text", None, "Say why quads.", mesh, None, None, 2),
    ]
    assert images_of(found) == [png(1)]
    assert found.title == "Crash study"
    assert not any(e.boilerplate for e in found.elements)


def test_two_columns_are_read_one_after_the_other() -> None:
    deck = Presentation()
    slide = blank(deck)
    for left, name in ((5, "right"), (0.5, "left")):  # written in the wrong order
        for at in (2, 1, 0):
            box(slide, left, 2 + at, f"{name} {at}", width=3)
    box(slide, 0.5, 0.5, "above both", width=8)
    assert [e.text for e in read(deck).elements] == [
        "Slide 1", "above both", "left 0", "left 1", "left 2", "right 0", "right 1", "right 2",
    ]  # fmt: skip


def test_a_group_stays_together() -> None:
    deck = Presentation()
    slide = blank(deck)
    box(slide, 0.5, 3.1, "last", width=8)
    group = slide.shapes.add_group_shape()
    for at, text in enumerate(("in a group", "the same group")):
        group.shapes.add_textbox(Inches(4 * at), Inches(1), Inches(2), Inches(1)).text_frame.text = text
    box(slide, 0.5, 0.2, "first", width=8)
    assert [e.text for e in read(deck).elements[1:]] == ["first", "in a group", "the same group", "last"]


def test_tables_and_charts_have_their_values() -> None:
    deck = Presentation()
    slide = blank(deck)
    table = slide.shapes.add_table(3, 2, Inches(1), Inches(1), Inches(6), Inches(1)).table
    for at, text in enumerate(["Load", "Stress", "both", "", "2 kN", "7"]):
        table.cell(at // 2, at % 2).text = text
    table.cell(1, 0).merge(table.cell(1, 1))
    data = CategoryChartData()
    data.categories = ["LC1", "LC2"]
    data.add_series("max", (3.5, 7.25))
    chart = slide.shapes.add_chart(
        XL_CHART_TYPE.COLUMN_CLUSTERED, Inches(1), Inches(4), Inches(6), Inches(3), data
    ).chart
    chart.has_title = True
    chart.chart_title.text_frame.text = "Stress by case"
    found = read(deck)
    assert short(found)[1:] == [
        ("table", "| Load | Stress |\n| --- | --- |\n| both |  |\n| 2 kN | 7 |"),
        ("text", "Stress by case"),
        ("table", "|  | max |\n| --- | --- |\n| LC1 | 3.5 |\n| LC2 | 7.25 |"),
    ]
    assert found.elements[1].cells == (("Load", "Stress"), ("both", "both"), ("2 kN", "7"))
    assert found.elements[2].caption_of == 3


def test_what_stands_on_every_slide_is_boilerplate() -> None:
    deck = Presentation()
    slide = deck.slides.add_slide(deck.slide_layouts[5])
    slide.shapes.title.text = "Title"
    for layout_shape in slide.slide_layout.placeholders:
        if layout_shape.placeholder_format.type in {13, 15, 16}:  # number, footer, date
            slide.shapes._spTree.append(deepcopy(layout_shape._element))
    slide.shapes[-1].text_frame.text = "Company"
    found = read(deck)
    assert [e.text for e in found.elements if not e.boilerplate] == ["Title"]
    assert "Company" in [e.text for e in found.elements if e.boilerplate]


def test_hidden_slides_are_stated() -> None:
    deck = Presentation()
    for name in ("shown", "hidden"):
        deck.slides.add_slide(deck.slide_layouts[5]).shapes.title.text = name
    deck.slides[1]._element.set("show", "0")
    found = read(deck)
    assert [(e.text, e.boilerplate) for e in found.elements] == [("shown", False), ("hidden", True)]
    assert [(part.rule, part.detail) for part in found.left_out] == [
        ("hidden_slide", "Slide 2 is hidden: all of it is boilerplate.")
    ]


def test_code_right_to_left_and_slides_without_a_title() -> None:
    deck = Presentation()
    slide = blank(deck)
    shape = box(slide, 1, 1, "solve(x)\nplot(x)")
    for paragraph in shape.text_frame.paragraphs:
        paragraph.runs[0].font.name = "Consolas"
    hebrew = box(slide, 1, 3, "שלום")
    hebrew.text_frame.paragraphs[0]._p.get_or_add_pPr().set("rtl", "1")
    found = read(deck)
    assert short(found) == [("heading", "Slide 1"), ("code", "solve(x)\nplot(x)"), ("text", "שלום")]
    assert found.elements[2].direction == "rtl"
    assert found.title is None
