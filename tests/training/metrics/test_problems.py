from __future__ import annotations

import numpy as np
import pytest

from training.metrics.links import link_metrics
from training.metrics.pairs import own_pairs
from training.metrics.problems import (
    Layout,
    caption_links,
    column_sums,
    column_vectors,
    cosine_scores,
    length_scores,
    section_links,
    text_links,
)

#: Document 0: images in sections 1 and 3; texts in sections 2, 1, 1, 3 (not in order). Document 1: no image.
#: Document 2: two images of section 5, texts of sections 5 and 6.
LAYOUT = Layout(
    image_offsets=np.array([0, 2, 2, 4]),
    text_offsets=np.array([0, 4, 5, 7]),
    image_section=np.array([1, 3, 5, 5]),
    text_section=np.array([2, 1, 1, 3, 1, 5, 6]),
    caption_of=np.array([-1, 1, -1, 0, -1, 1, -1]),
)
TEXTS = np.random.default_rng(0).normal(size=(7, 3)).astype(np.float32)
IMAGES = np.random.default_rng(1).normal(size=(4, 3)).astype(np.float32)


def unit(vectors: np.ndarray) -> np.ndarray:
    return vectors / np.linalg.norm(vectors, axis=-1, keepdims=True)


def test_sections_are_columns_of_the_mean_of_their_texts() -> None:
    problem = section_links(LAYOUT)
    assert problem.column_offsets.tolist() == [0, 3, 4, 6]
    assert problem.truth.tolist() == [True, False, False, False, False, True, True, False, True, False]
    vectors = column_vectors(problem, TEXTS)
    assert vectors[0] == pytest.approx(unit(TEXTS[1] + TEXTS[2]), rel=1e-5)
    scores = cosine_scores(problem, IMAGES, TEXTS)
    assert scores[0] == pytest.approx(unit(IMAGES[0]) @ vectors[0], rel=1e-5)
    assert scores[-1] == pytest.approx(unit(IMAGES[3]) @ unit(TEXTS[6]), rel=1e-5)


def test_sections_with_an_image_only() -> None:
    problem = section_links(LAYOUT, with_image_only=True)
    assert problem.column_offsets.tolist() == [0, 2, 2, 3]
    assert problem.truth.tolist() == [True, False, False, True, True, True]


def test_captions_are_columns() -> None:
    problem = caption_links(LAYOUT)
    assert problem.members.tolist() == [1, 3, 5]
    assert problem.truth.tolist() == [False, True, True, False, False, True]


def test_texts_are_columns() -> None:
    link = np.arange(12) % 2
    problem = text_links(LAYOUT, link)
    assert problem.truth.tolist() == (link > 0).tolist()
    scores = cosine_scores(problem, IMAGES, TEXTS)
    rows, columns, _ = own_pairs(LAYOUT.image_offsets, LAYOUT.text_offsets)
    assert scores == pytest.approx((unit(IMAGES)[rows] * unit(TEXTS)[columns]).sum(1), rel=1e-5)


def test_length_is_the_same_for_every_image_and_says_nothing_after_centring() -> None:
    problem = section_links(LAYOUT)
    lengths = np.array([1, 20, 30, 4, 9, 5, 6])
    scores = length_scores(problem, lengths)
    assert scores.tolist() == [50, 1, 4, 50, 1, 4, 5, 6, 5, 6]
    found = link_metrics(scores, problem.truth, problem.image_offsets, problem.column_offsets)
    assert found.auc_dc == 0.5


def test_nothing_at_all() -> None:
    none = np.zeros(0, dtype=np.int64)
    empty = Layout(np.array([0, 0]), np.array([0, 0]), none, none, none)
    for problem in (section_links(empty), section_links(empty, True), caption_links(empty)):
        assert cosine_scores(problem, np.zeros((0, 3)), np.zeros((0, 3))).shape == (0,)
        assert length_scores(problem, none).shape == (0,)


def test_values_of_pairs_are_summed_over_the_texts_of_a_column() -> None:
    problem = section_links(LAYOUT)
    values = np.arange(12.0)
    # Document 0: section 1 holds texts 1 and 2, section 2 text 0, section 3 text 3.
    expected = [1 + 2, 0, 3, 5 + 6, 4, 7, 8, 9, 10, 11]
    assert column_sums(problem, LAYOUT.text_offsets, values).tolist() == expected
    assert column_sums(caption_links(LAYOUT), LAYOUT.text_offsets, values).tolist() == [1, 3, 5, 7, 8, 10]
