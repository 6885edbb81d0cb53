from __future__ import annotations

import pytest

from pipeline.extract.markdown import read_markdown

URL = "file:///d/docs/a.md"


def shape(text: str) -> list[tuple[str, str | None, int | None]]:
    document = read_markdown(text.encode(), URL)
    return [(e.kind, e.image_url if e.kind == "image" else e.text, e.caption_of) for e in document.elements]


def test_the_kinds() -> None:
    text = (
        "---\ntitle: Plate\nlicense: MIT\n---\n# One\n\nSome *text* with $x^2$.\n\n- a\n  - b\n\n> said\n\n"
        "```python\nx = 1\n```\n\n$$\ny\n$$\n\n\\begin{equation}\na_{b_c}\n\\end{equation}\n\n"
        "| a | b |\n|---|---|\n| 1 | 2 |\n\n<!-- gone -->\n"
    )
    document = read_markdown(text.encode(), URL)
    assert (document.title, document.license) == ("Plate", "MIT")
    assert [(e.kind, e.text) for e in document.elements] == [
        ("heading", "One"),
        ("text", "Some text with $x^2$."),
        ("list_item", "a"),
        ("list_item", "b"),
        ("quote", "said"),
        ("code", "x = 1"),
        ("math", "y"),
        ("math", "\\begin{equation}\na_{b_c}\n\\end{equation}"),
        ("table", "| a | b |\n| --- | --- |\n| 1 | 2 |"),
    ]


IMAGE = ("image", "file:///d/docs/p.png", None)


@pytest.mark.parametrize(
    "text",
    [
        "![alt](p.png)\n\n*The stress.*",
        "![alt](p.png)\n*The stress.*",
        '![alt](p.png "The stress.")',
        "```{figure} p.png\n:alt: alt\n\nThe stress.\n```",
        ":::{figure} p.png\nThe stress.\n:::",
        "<figure><img src=p.png>\n\n<figcaption>The stress.</figcaption></figure>",
    ],
)
def test_captions(text: str) -> None:
    assert shape(text) == [IMAGE, ("text", "The stress.", 0)]


@pytest.mark.parametrize("text", ["![a](p.png)\n\nThe stress.", "![a](p.png)\n\n*The* stress."])
def test_plain_paragraphs_are_no_captions(text: str) -> None:
    assert shape(text) == [IMAGE, ("text", "The stress.", None)]


def test_numbered_caption() -> None:
    assert shape("![a](p.png)\n\nFigure 3: The stress.")[1] == ("text", "Figure 3: The stress.", 0)


def test_html_within() -> None:
    text = '<div align="center">\n\n![a](p.png)\n\n</div>\n\n<picture><img src="p.png"></picture> text\n'
    assert shape(text) == [IMAGE, IMAGE, ("text", "text", None)]


def test_myst_directives_keep_their_content() -> None:
    text = (
        "(label)=\n# T\n\n````{note}\nA note.\n\n```{image} p.png\n:width: 3\n```\n````\n\n"
        ":::{dropdown} More\nInside {ref}`this <there>`.\n:::\n\n```{toctree}\na\n```\n\n"
        "```{eval-rst}\n.. figure:: p.png\n\n   From RST.\n```\n"
    )
    assert shape(text) == [
        ("heading", "T", None),
        ("text", "A note.", None),
        IMAGE,
        ("text", "More", None),
        ("text", "Inside this.", None),
        IMAGE,
        ("text", "From RST.", 5),
    ]


def test_directives_nested_without_end_are_read() -> None:
    depth = 60
    text = "\n".join(["`" * (depth + 3 - n) + "{note}" for n in range(depth)]) + "\nx"
    assert read_markdown(text.encode(), URL).elements


@pytest.mark.parametrize("text", ["", "---\n: [\n---\nx", "```{figure}\n```", "![", "<div", "a\x00b"])
def test_damaged_text_does_not_raise(text: str) -> None:
    read_markdown(text.encode(), URL)
