from __future__ import annotations

from pipeline.extract.builder import Builder
from pipeline.extract.element import ReadDocument


def test_a_document_within_another_keeps_its_sections_figures_and_captions() -> None:
    inner = Builder("inner", "file:///inner")
    inner.heading(1, "Notes")
    inner.open_figure()
    inner.image(["file:///a.png"], "a")
    inner.caption("What a shows")
    inner.close_figure()
    inner.inline_image(b"bytes", None)
    read = ReadDocument(None, None, None, inner.elements(), inner.inline_images)
    outer = Builder("outer", "file:///outer")
    outer.heading(1, "Case")
    outer.embed(read, 1)
    outer.embed(read, 1)
    elements = outer.elements()
    assert [element.position for element in elements] == list(range(9))
    assert [element.section for element in elements] == [1, 2, 2, 2, 2, 3, 3, 3, 3]
    assert [element.section_path for element in elements][3] == ("Case", "Notes")
    assert [element.level for element in elements if element.kind == "heading"] == [1, 2, 2]
    assert [element.figure for element in elements] == [None, None, 0, 0, None, None, 1, 1, None]
    assert [element.caption_of for element in elements if element.caption_of is not None] == [2, 6]
    assert list(outer.inline_images.values()) == [b"bytes"]
    assert outer.shows("file:///a.png")
    assert not outer.shows("file:///b.png")
