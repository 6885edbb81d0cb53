"""A few hundred damaged documents of each kind; those made from real ones are among the system tests."""

from __future__ import annotations

import json
from email.message import EmailMessage
from io import BytesIO

import pytest
from pptx import Presentation

from tests.documents import png, zipped
from tests.mutation import Mutator, mutate_bytes, mutate_html, mutate_json, mutate_zip, read_series
from tests.word import add, add_picture, drawing, new, paragraph, picture, relate, run, saved, sequence

PAGE = b"""<!doctype html><html lang=en><head><title>T</title><base href="a/"></head><body>
<nav><a href=x>X</a></nav><main><h1>Plate</h1><p>Text <b>bold</b> <img src=i.png alt=i> more.</p>
<figure><picture><source srcset="a,1.webp 1x, b.webp 2x" type=image/webp>
<img data-src=p.png src=spacer.gif></picture><figcaption>Figure 1</figcaption></figure>
<ul><li>one<ul><li>two</ul></ul><table><caption>T</caption><tr><th colspan=2>a<th>b
<tr><td rowspan=2>1<td>2<td>3<tr><td>4<td>5</table><pre><code class=language-c>int x;</code></pre>
<math><mi>x</mi><mo>=</mo><mn>1</mn></math><svg><title>s</title><path d="M0 0"/></svg>
<details><summary>s</summary>d</details><dl><dt>t<dd>d</dl><blockquote>q</blockquote>
<noscript><img src=n.png></noscript></main>"""
NOTEBOOK = json.dumps(
    {
        "nbformat": 4,
        "metadata": {"kernelspec": {"language": "python"}},
        "cells": [
            {"cell_type": "markdown", "source": ["# T\n", "- a\n", "$$x$$\n", "![i](attachment:i.png)"],
             "attachments": {"i.png": {"image/png": "iVBORw0KGgo="}}, "metadata": {"tags": ["x"]}},
            {"cell_type": "code", "source": "x", "outputs": [
                {"output_type": "stream", "name": "stdout", "text": ["1\n"]},
                {"output_type": "display_data", "data": {"image/png": "iVBORw0KGgo=", "text/html": "<p>x"}},
                {"output_type": "error", "ename": "E", "evalue": "v", "traceback": ["t"]}]},
        ],
    }
).encode()  # fmt: skip
TEXT = (
    b"Title\n=====\n\n1. One\n\n- a\n  - b\n\n    code\n\n+--+--+\n| a| b|\n+--+--+\n"
    b"\fx  y  z\n1  2  3\n4  5  6\n"
)
CONTAINER = '<container><rootfiles><rootfile full-path="o.opf"/></rootfiles></container>'
OPF = """<package><metadata><title>T</title></metadata><manifest>
<item id="a" href="a.xhtml" media-type="application/xhtml+xml"/>
<item id="i" href="i.png" media-type="image/png"/></manifest><spine><itemref idref="a"/></spine></package>"""
CHAPTER = """<html xmlns="http://www.w3.org/1999/xhtml"><body><h1>T</h1><img src="i.png"/></body></html>"""
BOOK = zipped({"META-INF/container.xml": CONTAINER, "o.opf": OPF, "a.xhtml": CHAPTER, "i.png": png()})


def document() -> bytes:
    made = new()
    made.add_heading("Plate", 1)
    made.add_paragraph("one", style="List Bullet")
    add_picture(made, 1, "alt")
    add(made, paragraph(run("Figure "), sequence("Figure", 1), run(": x")))
    add(made, paragraph(drawing(picture(relate(made, png(2)), "two"), floating=True), run("Text.")))
    made.add_table(2, 3).cell(0, 0).merge(made.tables[0].cell(1, 1)).text = "cell"
    return saved(made)


def deck() -> bytes:
    made = Presentation()
    slide = made.slides.add_slide(made.slide_layouts[1])
    slide.shapes.title.text, slide.placeholders[1].text = "T", "one"
    slide.shapes.add_picture(BytesIO(png(1)), 0, 0)
    slide.shapes.add_table(2, 2, 0, 0, 99, 99).table.cell(0, 0).text = "cell"
    slide.notes_slide.notes_text_frame.text = "note"
    file = BytesIO()
    made.save(file)
    return file.getvalue()


def mail() -> bytes:
    made = EmailMessage()
    made["Subject"], made["From"] = "Größe", "a@b.c"
    made.set_content("text\n> quote\n-- \nsignature")
    made.add_alternative('<p>x<img src="cid:i">', subtype="html")
    made.get_payload()[1].add_related(png(), "image", "png", cid="<i>")  # type: ignore[union-attr,index]
    made.add_attachment(PAGE, "text", "html", filename="a.html")
    return made.as_bytes()


@pytest.mark.parametrize(
    ("sample", "mutate", "count", "suffix"),
    [
        (PAGE, mutate_html, 250, ".html"),
        (NOTEBOOK, mutate_json, 150, ".ipynb"),
        (TEXT, mutate_bytes, 100, ".txt"),
        (document(), mutate_zip, 80, ".docx"),
        (deck(), mutate_zip, 80, ".pptx"),
        (BOOK, mutate_zip, 80, ".epub"),
        (mail(), mutate_bytes, 80, ".eml"),
        (png(1, (300, 200)), mutate_bytes, 100, ".image"),
    ],
    ids=["html", "ipynb", "txt", "docx", "pptx", "epub", "eml", "image"],
)
def test_damaged_documents(sample: bytes, mutate: Mutator, count: int, suffix: str) -> None:
    outcome = read_series([sample], mutate, count, suffix)
    assert outcome.rules.total() == count
    assert outcome.rules["read"] > 0
    assert outcome.rules["crashed"] == outcome.rules["reader_failed"] == outcome.rules["failed"] == 0
    assert outcome.slowest < 10
    assert max(outcome.memory, outcome.children_memory) < 512
