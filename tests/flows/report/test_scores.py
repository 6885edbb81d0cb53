"""A method's dots are the parts that the legend explains; other scores have rows of their own."""

from __future__ import annotations

import re

from flows.report.scores import _block, _plot


def test_parts_without_a_colour_have_rows_of_their_own() -> None:
    rows = {
        f"unaligned/{part}": {"in_doc_auc": 0.6, "in_doc_auc_spread": 0.01}
        for part in ("lexical", "all", "both", "pixels", "words", "picture_words", "all_layout")
    } | {"section_length": {"in_doc_auc": 0.5}}
    plot = str(_plot(rows, "in_doc_auc"))
    assert set(re.findall(r'class="dot (\w+)"', plot)) == {"pixels", "words", "both", "none"}
    names = re.findall(r'class="name"[^>]*>([^<]+)<', plot)
    assert names[0] == "Unaligned"
    assert sorted(names[1:]) == sorted(
        ["words matched", "words in pictures", "all parts", "all parts, layout", "Length alone"]
    )


def test_what_was_weighed_by_the_layout_stands_among_what_saw_the_order() -> None:
    assert _block("unaligned/all") == _block("unaligned/pixels") == "free"
    assert _block("unaligned/all_layout") == _block("unaligned_layout/pixels") == "aware"
