"""Pictures of formulas are formulas: the manual that latex2html wrote for CalculiX holds thousands."""

from __future__ import annotations

import re
from collections import Counter

import pytest
from selectolax.lexbor import LexborHTMLParser

from flows.bench.corpora import debian_tree
from pipeline.extract.html import read_html
from tests.corpus_pages import sample_pages

_FIGURE = re.compile(r"\\begin\{figure\}|\\epsfig|\\includegraphics")


@pytest.fixture(scope="module")
def counts() -> Counter[str]:
    """What latex2html drew, by the TeX that it put into the alternative text, and what became of it."""
    counted: Counter[str] = Counter()
    for path in sorted(debian_tree("calculix-ccx-doc").rglob("*.html")):
        data = path.read_bytes()
        formulas, figures = set(), set()
        for node in LexborHTMLParser(data).css("img"):
            source = node.attributes.get("src") or ""
            # One drawing came out one pixel high: there is nothing to see in it.
            if re.fullmatch(r"img\d+\.png", source) and node.attributes.get("height") != "1":
                is_figure = _FIGURE.search(node.attributes.get("alt") or "")
                (figures if is_figure else formulas).add(source)
                counted["figures" if is_figure else "formulas"] += 1
        elements = read_html(data, path.as_uri()).elements
        for element in elements:
            name = (element.image_url or "").rpartition("/")[2]
            if element.kind == "image" and name in formulas:
                counted["formulas kept as figures"] += 1
            elif element.kind == "image" and name in figures:
                counted["figures kept"] += 1
            counted["captions"] += element.caption_of is not None
        counted["formulas in text"] += sum((e.text or "").count("$") // 2 for e in elements)
        counted["formulas of their own"] += sum(e.kind == "math" for e in elements)
    return counted


def test_at_most_one_in_a_hundred_formulas_is_kept_as_a_figure(counts: Counter[str]) -> None:
    assert counts["formulas"] > 3_000
    assert counts["formulas kept as figures"] <= 0.01 * counts["formulas"], counts


def test_what_the_formulas_say_is_kept(counts: Counter[str]) -> None:
    said = counts["formulas in text"] + counts["formulas of their own"]
    # Equations that are set out in parts come back as one.
    assert said >= 0.9 * counts["formulas"], counts


def test_the_figures_stay_with_their_captions(counts: Counter[str]) -> None:
    assert counts["figures"] > 100
    assert counts["figures kept"] == counts["figures"], counts
    assert counts["captions"] >= 0.95 * counts["figures"], counts


def test_no_picture_of_other_manuals_is_taken_for_a_formula() -> None:
    taken = [
        (page.url, element.image_url)
        for page in sample_pages(60)
        for element in read_html(page.data, page.url).elements
        if element.kind == "math" and element.image_url
    ]
    assert taken == []
