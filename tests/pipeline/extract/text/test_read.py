from __future__ import annotations

import pytest

from pipeline.extract.element import ReadDocument
from pipeline.extract.text import read_text
from tests.documents import rows_of

TEXT = """\
              Beams
              =====

1. Introduction

A beam bends
under its load.

1.1 Purpose

- first
- second, which
  goes on
    * nested

    mpirun -np 4 solve
      --fast

+------+-----+
| Case | max |
+======+=====+
| LC1  | 3   |
+------+-----+

Results
-------

Run    Mesh    Error
1      100     0.2
2      200     0.1
"""


def read(text: str, encoding: str = "utf-8") -> ReadDocument:
    return read_text(text.encode(encoding), "file:///d/a.txt")


def test_a_text_element_for_element() -> None:
    intro = ("1. Introduction",)
    purpose, results = (*intro, "1.1 Purpose"), (*intro, "Results")
    assert rows_of(read(TEXT)) == [
        ("heading", 1, "Beams", ("Beams",), None, None, None),
        ("heading", 1, "1. Introduction", intro, None, None, None),
        ("text", None, "A beam bends under its load.", intro, None, None, None),
        ("heading", 2, "1.1 Purpose", purpose, None, None, None),
        ("list_item", 1, "first", purpose, None, None, None),
        ("list_item", 1, "second, which goes on", purpose, None, None, None),
        ("list_item", 2, "nested", purpose, None, None, None),
        ("code", None, "mpirun -np 4 solve\n  --fast", purpose, None, None, None),
        ("table", None, "| Case | max |\n| --- | --- |\n| LC1 | 3 |", purpose, None, None, None),
        ("heading", 2, "Results", results, None, None, None),
        (
            "code",
            None,
            "Run    Mesh    Error\n1      100     0.2\n2      200     0.1",
            results,
            None,
            None,
            None,
        ),
    ]


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "cp1252"])
def test_encodings(encoding: str) -> None:
    assert [e.text for e in read("Größe in µm\n\nnaïve", encoding).elements] == ["Größe in µm", "naïve"]


def test_form_feeds_part_pages() -> None:
    assert [(e.text, e.page) for e in read("one\n\ftwo\n\fthree").elements] == [
        ("one", 1), ("two", 2), ("three", 3),
    ]  # fmt: skip


def test_numbers_that_head_items_are_no_headings() -> None:
    kinds = [e.kind for e in read("1. first\n\n2. second\n\n3. third\n").elements]
    assert kinds == ["list_item"] * 3


def test_a_text_that_is_set_in_as_a_whole_is_no_code() -> None:
    found = read("\n\n".join(f"      Paragraph {n} of a text\n      in two lines." for n in range(5)))
    assert {e.kind for e in found.elements} == {"text"}


def test_a_grid_with_cells_of_several_lines() -> None:
    rule = "+---+-----+"
    grid = [rule, "| a | b   |", rule, "| 1 | two |", "|   | x   |", rule, "| 3 | y   |", rule]
    assert read("\n".join(grid)).elements[0].cells == (("a", "b"), ("1", "two x"), ("3", "y"))


@pytest.mark.parametrize("text", ["", "\n\n", "\f\f", "====", "- ", "|", "+\n+", "1.", "\x00"])
def test_odd_texts_do_not_raise(text: str) -> None:
    assert len(read(text).elements) <= 1


@pytest.mark.parametrize("unit", ["-", "> ", "| ", "1.", " ", "+-", "- ", "a  ", "=", "(a) "])
def test_lines_without_end_are_read_in_time(unit: str) -> None:
    line = unit * 100_000 + "x"
    assert len(read(f"{line}\n{line}\n{line}").elements) <= 3
