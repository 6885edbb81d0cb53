from __future__ import annotations

import random

import pytest

from pipeline.mine.texts import SKETCH, jaccard, sketch, text_class


def test_case_and_punctuation_do_not_count() -> None:
    assert text_class("The Plate, with a hole.") == text_class("the plate with a hole")
    assert text_class("a plate") != text_class("plate a")


def test_a_number_makes_a_difference() -> None:
    first = sketch("the largest stress of the plate is 123 MPa")
    second = sketch("the largest stress of the plate is 145 MPa")
    assert jaccard(first, second) == pytest.approx(6 / 10)


def test_the_overlap_is_symmetric_and_one_for_equals() -> None:
    first, second = sketch("a b c d e"), sketch("c d e f")
    assert jaccard(first, second) == jaccard(second, first) == pytest.approx(2 / 5)
    assert jaccard(first, first) == 1
    assert jaccard(sketch(""), sketch("")) == 1
    assert jaccard(sketch("word"), sketch("other")) == 0


def test_long_texts_are_estimated_in_bounded_memory() -> None:
    words = [f"w{i}" for i in range(4000)]
    half = words[:2000] + [random.Random(0).choice("abcdefgh") + word for word in words[2000:]]
    first, second = sketch(" ".join(words)), sketch(" ".join(half))
    assert len(first) == SKETCH
    assert jaccard(first, second) == pytest.approx(1 / 3, abs=0.1)
