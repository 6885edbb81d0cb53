"""A Word document that the tests write comes back element for element."""

from __future__ import annotations

from io import BytesIO
from typing import Any

import pytest

from pipeline.extract.docx import read_docx
from pipeline.extract.element import ReadDocument
from tests.documents import images_of, png, replaced, rows_of
from tests.word import (
    add,
    add_part,
    add_picture,
    drawing,
    new,
    paragraph,
    picture,
    relate,
    run,
    saved,
    sequence,
)

URL = "file:///d/a.docx"


def read(document: Any) -> ReadDocument:
    return read_docx(saved(document), URL)


def short(document: ReadDocument) -> list[tuple[str, str | None]]:
    return [(e.kind, e.text if e.kind != "image" else e.alt) for e in document.elements]


def report() -> Any:
    document = new()
    document.core_properties.title = "Plate with a hole"
    document.core_properties.language = "en-GB"
    section = document.sections[0]
    section.header.paragraphs[0].text = "Project 17"
    section.footer.paragraphs[0].text = "Confidential"
    document.add_heading("Plate", 0)
    document.add_paragraph("A plate with a hole is pulled.")
    document.add_heading("Model", 1)
    document.add_heading("Mesh", 2)
    document.add_paragraph("Elements are quadratic.", style="List Bullet")
    document.add_paragraph("Those at the hole are small.", style="List Bullet 2")
    document.add_paragraph("Solve.", style="List Number")
    add_picture(document, 1, "the mesh of the plate")
    document.add_paragraph("Figure 1: The mesh.", style="Caption")
    document.add_heading("Results", 1)
    document.add_paragraph("Table 1: Stresses.", style="Caption")
    table = document.add_table(3, 3)
    for at, text in enumerate(["Case", "Stress", "", "", "min", "max", "LC1", "3", "7"]):
        table.cell(at // 3, at % 3).text = text
    table.cell(0, 1).merge(table.cell(0, 2))
    table.cell(0, 0).merge(table.cell(1, 0))
    document.add_paragraph("Look closely.", style="Quote")
    return document


def test_a_report_element_for_element() -> None:
    document = read(report())
    plate, model, results = ("Plate",), ("Model",), ("Results",)
    mesh = (*model, "Mesh")
    assert rows_of(document) == [
        ("text", None, "Project 17", (), None, None, None),
        ("heading", 1, "Plate", plate, None, None, None),
        ("text", None, "A plate with a hole is pulled.", plate, None, None, None),
        ("heading", 1, "Model", model, None, None, None),
        ("heading", 2, "Mesh", mesh, None, None, None),
        ("list_item", 1, "Elements are quadratic.", mesh, None, None, None),
        ("list_item", 2, "Those at the hole are small.", mesh, None, None, None),
        ("list_item", 1, "Solve.", mesh, None, None, None),
        ("image", None, None, mesh, None, "the mesh of the plate", None),
        ("text", None, "Figure 1: The mesh.", mesh, 8, None, None),
        ("heading", 1, "Results", results, None, None, None),
        ("text", None, "Table 1: Stresses.", results, 12, None, None),
        (
            "table",
            None,
            "| Case | Stress |  |\n| --- | --- | --- |\n|  | min | max |\n| LC1 | 3 | 7 |",
            results,
            None,
            None,
            None,
        ),
        ("quote", None, "Look closely.", results, None, None, None),
        ("text", None, "Confidential", results, None, None, None),
    ]
    assert [e.position for e in document.elements if e.boilerplate] == [0, 14]
    assert document.elements[12].cells == (
        ("Case", "Stress", "Stress"),
        ("Case", "min", "max"),
        ("LC1", "3", "7"),
    )
    assert images_of(document) == [png(1)]
    assert (document.title, document.language) == ("Plate with a hole", "en")
    assert read(report()) == document


def test_notes_follow_their_paragraph_and_endnotes_the_document() -> None:
    document = new()
    add(document, paragraph(run("Steel"), '<w:r><w:footnoteReference w:id="2"/></w:r>', run(" yields.")))
    add(document, paragraph(run("Later"), '<w:r><w:endnoteReference w:id="1"/></w:r>'))
    document.add_paragraph("The end.")
    line = '<w:footnote w:type="separator" w:id="0"><w:p/></w:footnote>'
    note = f'<w:footnote w:id="2">{paragraph(run("S235."))}</w:footnote>'
    add_part(document, "footnotes", "footnotes", f"<w:footnotes>{line}{note}</w:footnotes>")
    note = f'<w:endnote w:id="1">{paragraph(run("Never."))}</w:endnote>'
    add_part(document, "endnotes", "endnotes", f"<w:endnotes>{note}</w:endnotes>")
    assert short(read(document)) == [
        ("text", "Steel[1] yields."),
        ("text", "[1] S235."),
        ("text", "Later[1]"),
        ("text", "The end."),
        ("text", "[1] Never."),
    ]


def test_tracked_changes_are_accepted_and_comments_left_out() -> None:
    document = new()
    deleted = '<w:del w:id="2"><w:r><w:delText>old </w:delText></w:r></w:del>'
    moved = f'<w:moveFrom w:id="3">{run("gone ")}</w:moveFrom><w:moveTo w:id="4">{run("here ")}</w:moveTo>'
    add(document, paragraph(f'<w:ins w:id="1">{run("New ")}</w:ins>', deleted, moved, run("text.")))
    add(document, paragraph(run("One "), properties='<w:rPr><w:del w:id="5"/></w:rPr>'))
    add(document, paragraph(run("sentence.")))
    add(document, paragraph("<w:r><w:rPr><w:vanish/></w:rPr><w:t>secret</w:t></w:r>", run("open")))
    commented = document.add_paragraph("Commented.")
    document.add_comment(commented.runs, "Is this right?", "A", "A")
    found = read(document)
    assert short(found) == [
        ("text", "New here text."),
        ("text", "One sentence."),
        ("text", "open"),
        ("text", "Commented."),
    ]
    assert [(part.rule, part.value) for part in found.left_out] == [
        ("comment", 1.0),
        ("tracked_deletion", 2.0),
        ("hidden_text", 1.0),
    ]


FRACTION = "<m:f><m:num><m:r><m:t>M</m:t></m:r></m:num><m:den><m:r><m:t>W</m:t></m:r></m:den></m:f>"
SIGMA = "<m:sSub><m:e><m:r><m:t>σ</m:t></m:r></m:e><m:sub><m:r><m:t>b</m:t></m:r></m:sub></m:sSub>"


def test_formulas_in_a_line_and_on_their_own() -> None:
    document = new()
    formula = f"<m:oMath>{SIGMA}<m:r><m:t>=</m:t></m:r>{FRACTION}</m:oMath>"
    add(document, paragraph(run("With "), formula, run(" it holds.")))
    add(document, paragraph(f"<m:oMathPara>{formula}</m:oMathPara>"))
    add(document, paragraph(formula))
    tex = "σ_{b}=\\frac{M}{W}"
    assert short(read(document)) == [("text", f"With ${tex}$ it holds."), ("math", tex), ("math", tex)]


def test_pictures_inline_floating_small_grouped_old_and_linked() -> None:
    document = new()
    one, two, three = (relate(document, png(n)) for n in (1, 2, 3))
    add(document, paragraph(run("Before "), drawing(picture(one, "one")), run(" after.")))
    floating = drawing(picture(two), floating=True, alt="two")
    add(document, paragraph(run("Floats "), floating, run("past.")))
    add(document, paragraph(run("A sign "), drawing(picture(three), size=100_000), run(" here.")))
    group = drawing(f"<wpg:wgp>{picture(one, 'left')}{picture(two, 'right')}</wpg:wgp>")
    choice = f'<mc:Choice Requires="wpg">{group[5:-6]}</mc:Choice><mc:Fallback><w:pict/></mc:Fallback>'
    add(document, paragraph(f"<w:r><mc:AlternateContent>{choice}</mc:AlternateContent></w:r>"))
    old = f'<v:shape alt="old"><v:imagedata r:id="{three}"/></v:shape>'
    add(document, paragraph(f"<w:r><w:pict>{old}</w:pict></w:r>"))
    outside = document.part.relate_to("https://x.org/f.png", "http://x/image", is_external=True)
    add(document, paragraph(drawing(picture(outside, how="link"))))
    add(document, paragraph(drawing(picture("rIdNone", "lost"))))
    found = read(document)
    assert short(found) == [
        ("text", "Before"),
        ("image", "one"),
        ("text", "after."),
        ("text", "Floats past."),
        ("image", "two"),
        ("text", "A sign here."),
        ("image", None),
        ("image", "left"),
        ("image", "right"),
        ("image", "old"),
        ("image", None),
    ]
    assert images_of(found) == [png(1), png(2), png(3), png(1), png(2), png(3)]
    assert found.elements[-1].image_url == "https://x.org/f.png"
    assert [part.rule for part in found.left_out] == ["missing_image"]


def test_a_text_box_holds_a_picture_and_its_caption() -> None:
    document = new()
    image = paragraph(drawing(picture(relate(document, png(1)))))
    caption = paragraph(run("Figure "), sequence("Figure", 1), run(": In a box."))
    content = f"<w:txbxContent>{image}{caption}</w:txbxContent>"
    box = f"<wps:wsp><wps:txbx>{content}</wps:txbx></wps:wsp>"
    add(document, paragraph(run("Around the box."), drawing(box, floating=True)))
    found = read(document)
    assert short(found) == [("text", "Around the box."), ("image", None), ("text", "Figure 1: In a box.")]
    assert found.elements[2].caption_of == 1
    assert found.elements[1].figure == found.elements[2].figure is not None


def test_captions_choose_their_side() -> None:
    document = new()
    for number in (1, 2):  # each above its picture
        document.add_paragraph(f"Figure {number}: above.", style="Caption")
        add_picture(document, number)
    document.add_paragraph("Between.")
    add_picture(document, 3)
    add_picture(document, 4)
    document.add_paragraph("Figure 3: two pictures.", style="Caption")
    add_picture(document, 5)
    document.add_paragraph("Figure 9 shows nothing.")
    add_picture(document, 6)
    document.add_paragraph("Figure 4.2 – by its words.")
    found = read(document)
    captions = [1, None, 3, None, None, None, None, 5, None, None, None, 10]
    assert [e.caption_of for e in found.elements] == captions
    assert found.elements[5].figure == found.elements[6].figure == found.elements[7].figure


def test_tables_that_arrange_pictures_and_captions() -> None:
    document = new()
    table = document.add_table(2, 2)
    for at in (0, 1):
        table.cell(0, at).paragraphs[0].add_run().add_picture(BytesIO(png(at)))
        table.cell(1, at).paragraphs[0].text = f"Figure {at + 1}: part {at}."
        table.cell(1, at).paragraphs[0].style = "Caption"
    found = read(document)
    kinds = [(e.kind, e.caption_of) for e in found.elements]
    assert kinds == [("image", None), ("text", 0), ("image", None), ("text", 2)]
    assert images_of(found) == [png(0), png(1)]


def test_pictures_in_a_table_of_data_come_after_it() -> None:
    document = new()
    table = document.add_table(2, 3)
    for at, text in enumerate(["Part", "Mass", "View", "Arm", "3 kg", ""]):
        table.cell(at // 3, at % 3).text = text
    table.cell(1, 2).paragraphs[0].add_run().add_picture(BytesIO(png(5)))
    found = read(document)
    assert [e.kind for e in found.elements] == ["table", "image"]
    assert found.elements[0].cells == (("Part", "Mass", "View"), ("Arm", "3 kg", ""))


def test_code_by_style_and_by_font() -> None:
    document = new()
    style = document.styles.add_style("Source Code", 1)
    document.add_paragraph("for x in y:", style=style)
    document.add_paragraph("\tprint(x)", style=style)
    mono = '<w:rPr><w:rFonts w:ascii="Courier New"/></w:rPr>'
    add(document, paragraph(f"<w:r>{mono}<w:t>mpirun solver</w:t></w:r>"))
    document.add_paragraph("Words.")
    add(document, paragraph(run("Call "), f"<w:r>{mono}<w:t>solve</w:t></w:r>", run(" now.")))
    assert short(read(document)) == [
        ("code", "for x in y:\n\tprint(x)\nmpirun solver"),
        ("text", "Words."),
        ("text", "Call solve now."),
    ]


def test_a_picture_beside_the_paragraphs() -> None:
    document = new()
    add(document, f'<w:pict><v:shape><v:imagedata r:id="{relate(document, png(1))}"/></v:shape></w:pict>')
    assert images_of(read(document)) == [png(1)]


def test_contents_and_fields_and_links() -> None:
    document = new()
    gallery = '<w:docPartObj><w:docPartGallery w:val="Table of Contents"/></w:docPartObj>'
    contents = f"<w:sdtContent>{paragraph(run('1 Model 3'))}</w:sdtContent>"
    add(document, f"<w:sdt><w:sdtPr>{gallery}</w:sdtPr>{contents}</w:sdt>")
    add(document, paragraph(f'<w:hyperlink r:id="x">{run("the manual")}</w:hyperlink>'))
    field = f'<w:fldSimple w:instr=" REF x ">{run("Figure 1")}</w:fldSimple>'
    add(document, paragraph(run("See "), field, run(".")))
    add(document, paragraph('<w:r><w:fldChar w:fldCharType="begin"/></w:r>', run("lost")))
    document.add_paragraph("Not swallowed.")
    found = read(document)
    assert short(found) == [
        ("text", "1 Model 3"),
        ("text", "the manual"),
        ("text", "See Figure 1."),
        ("text", "Not swallowed."),
    ]
    assert [e.boilerplate for e in found.elements] == [True, False, False, False]


def test_symbols_right_to_left_and_old_vector_pictures() -> None:
    document = new()
    add(document, paragraph('<w:r><w:sym w:font="Symbol" w:char="F073"/></w:r>', run("\uf0b1 2")))
    add(document, paragraph(run("שלום"), properties="<w:bidi/>"))
    metafile = b"\xd7\xcd\xc6\x9a" + bytes(300)
    relation = relate(document, png(7))
    add(document, paragraph(drawing(picture(relation, "a drawing"))))
    found = read_docx(replaced(saved(document), {"word/media/image1.png": metafile}), URL)
    assert short(found) == [("text", "σ± 2"), ("text", "שלום"), ("image", "a drawing")]
    assert [e.direction for e in found.elements] == [None, "rtl", None]
    assert images_of(found) == [metafile]


@pytest.mark.parametrize(
    "dropped", ["word/styles.xml", "docProps/core.xml", "word/numbering.xml", "word/settings.xml"]
)
def test_parts_that_a_document_can_do_without(dropped: str) -> None:
    found = read_docx(replaced(saved(report()), {dropped: None}), URL)
    assert "A plate with a hole is pulled." in [e.text for e in found.elements]
    assert images_of(found) == [png(1)]


def test_the_strict_form_says_the_same() -> None:
    def strict(part: bytes) -> bytes:
        for name in ("wordprocessingml", "drawingml"):
            plain = f"http://schemas.openxmlformats.org/{name}/2006/main"
            part = part.replace(plain.encode(), f"http://purl.oclc.org/ooxml/{name}/main".encode())
        plain = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
        return part.replace(
            f'"{plain}"'.encode(), b'"http://purl.oclc.org/ooxml/officeDocument/relationships"'
        )

    data = saved(report())
    names = ("document", "styles", "numbering", "header1", "footer1")
    changed = replaced(data, {f"word/{name}.xml": strict for name in names})
    assert changed != data
    assert read_docx(changed, URL) == read_docx(data, URL)


def test_forms_show_what_was_chosen() -> None:
    def field(data: str) -> str:
        begin = f'<w:fldChar w:fldCharType="begin"><w:ffData>{data}</w:ffData></w:fldChar>'
        return f'<w:r>{begin}</w:r><w:r><w:fldChar w:fldCharType="end"/></w:r>'

    document = new()
    on, off = (
        '<w:checkBox><w:default w:val="1"/></w:checkBox>',
        "<w:checkBox><w:default w:val='0'/></w:checkBox>",
    )
    turned = '<w:checkBox><w:default w:val="0"/><w:checked/></w:checkBox>'
    add(document, paragraph(*(field(data) for data in (on, off, turned))))
    entries = '<w:listEntry w:val="steel"/><w:listEntry w:val="brass"/>'
    add(document, paragraph(run("Material: "), field(f'<w:ddList><w:result w:val="1"/>{entries}</w:ddList>')))
    assert short(read(document)) == [("text", "☒☐☒"), ("text", "Material: brass")]
