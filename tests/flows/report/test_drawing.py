"""Axes hold their values, broken pictures are left out, tables are read, words follow the numbers."""

from __future__ import annotations

import re
from itertools import pairwise

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from flows.report.blocks import markdown_rows
from flows.report.svg import Series, line_chart, log_ticks, thinned, ticks
from flows.report.thumbnails import data_uri
from flows.report.wording import words_on_links, words_on_sections
from tests.flows.report.conftest import picture

_NUMBER = st.floats(-1e6, 1e6)


@given(_NUMBER, _NUMBER)
@example(0.0, 5e-324)
@example(-5e-324, 5e-324)
def test_ticks_hold_the_values_and_are_few(one: float, other: float) -> None:
    low, high = sorted((one, other))
    found = ticks(low, high)
    slack = 1e-6 * max(abs(low), abs(high), 1e-9)
    assert found[0] <= low + slack
    assert found[-1] >= high - slack
    assert 2 <= len(found) <= 12
    assert found == sorted(found)


def test_a_chart_escapes_its_labels() -> None:
    chart = line_chart([Series("a", [(0.0, 1.0)])], "<b>step</b>", 'a "quoted" label')
    assert "<b>" not in chart
    assert 'aria-label="a &#34;quoted&#34; label"' in chart


@given(st.integers(1, 2000))
def test_thinning_leaves_few_points_within_their_range(count: int) -> None:
    found = thinned([(float(index), float(index)) for index in range(count)], 50)
    assert 1 <= len(found) <= 50
    assert found == sorted(found)
    assert found[0][0] >= 0
    assert found[-1][0] <= count - 1


@pytest.mark.parametrize("content", [b"", b"<svg/>", b"\x89PNG\r\n\x1a\nbroken", picture(1)[:500]])
def test_what_does_not_decode_has_no_thumbnail(content: bytes) -> None:
    assert data_uri(content, 100) is None


@pytest.mark.parametrize("text", ["", "plain", "| a |", "| a |\n| b |"])
def test_what_is_no_table_has_no_rows(text: str) -> None:
    assert markdown_rows(text) == []


def _row(**values: float) -> dict[str, float]:
    return {"documents": 50, "in_doc_auc": 0.5, "in_doc_auc_dc": 0.5, "corpus_recall_at_10": 0.1} | values


def test_small_pixels_are_called_small_and_the_length_is_named() -> None:
    rows = {f"unaligned/{part}": _row(in_doc_auc_dc=0.59) for part in ("pixels", "words", "both")}
    rows |= {"section_length": _row(in_doc_auc=0.71), "clip_true/pixels": _row(in_doc_auc_dc=0.63)}
    said = " ".join(words_on_sections(rows, "unaligned", locked=True))
    assert "the pixels' part is small: their AUC-dc alone is 59.0, 9.0 points above chance" in said
    assert "Plain AUC misleads here" in said
    assert "an AUC of 71.0" in said
    assert "the features and the number of documents are the limit" in said


def test_large_pixels_are_not_called_small() -> None:
    rows = {f"unaligned/{part}": _row(in_doc_auc_dc=0.9) for part in ("pixels", "words", "both")}
    assert "small" not in " ".join(words_on_sections(rows, "unaligned", locked=True))


def test_known_links_are_compared_with_random_pairs() -> None:
    rows = {
        "unaligned/both": _row(in_doc_auc=0.9, in_doc_auc_spread=0.01, documents=3),
        "clip_random/both": _row(in_doc_auc=0.7),
    }
    said = " ".join(words_on_links(rows, "unaligned"))
    assert "90.0 ± 1.0" in said
    assert "40.0 points above chance" in said
    assert "70.0, 20.0 points less than the run" in said
    assert "rests on 3 documents" in said


@pytest.mark.parametrize(
    ("low", "high", "wanted"),
    [(0.03, 0.4, [0.02, 0.05, 0.1, 0.2, 0.5]), (1, 1, [1, 2]), (0.001, 1, [0.001, 0.01, 0.1, 1])],
)
def test_logarithmic_ticks_hold_all_values(low: float, high: float, wanted: list[float]) -> None:
    assert log_ticks(low, high) == pytest.approx(wanted)


def test_equal_factors_are_equally_far_on_a_logarithmic_axis() -> None:
    chart = line_chart(
        [Series("halves", [(1, 8), (2, 4), (4, 2), (8, 1)])], "x", "halves", log_x=True, log_y=True
    )
    path = re.findall(r'points="([^"]+)"', chart)[0].split()
    spots = [tuple(map(float, spot.split(","))) for spot in path]
    for axis in (0, 1):
        steps = [after[axis] - before[axis] for before, after in pairwise(spots)]
        assert steps == pytest.approx([steps[0]] * 3, abs=0.2)
