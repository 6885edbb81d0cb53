from dataclasses import replace

import numpy as np
import pytest

from tests.training.units.units_samples import COLUMNS, IMAGES, TEXTS, problem_of
from training.metrics.pairs import own_pairs
from training.units.lexical import Field, lexical_scores, matched_terms, term_weights

NAMES = ["plate stress", "mesh", "pump heat", "", "boiler plate"]
PROBLEM = problem_of(IMAGES, COLUMNS)


def scores(names: list[str], texts: list[str] = TEXTS) -> np.ndarray:
    return lexical_scores(PROBLEM, term_weights(PROBLEM, [Field(names)], texts))


def test_the_rare_term_wins_and_a_missing_field_scores_nothing() -> None:
    of_image = [scores(NAMES)[start : start + 3] for start in (0, 3)]
    assert [int(np.argmax(values)) for values in of_image] == [2, 0]
    assert (scores(NAMES)[10:14] == 0).all()


def test_a_term_of_every_section_of_the_document_weighs_nothing() -> None:
    assert (scores(["the plate", "", "the", "", ""]) == 0).all()
    # Of another document's sections it may be rare.
    weights = term_weights(PROBLEM, [Field(["plate", "", "", "", ""])], TEXTS, corpus=True)
    assert lexical_scores(PROBLEM, weights)[:3].min() > 0


def test_matched_terms_sum_to_the_score() -> None:
    fields = [Field(NAMES), Field(["von mises", "", "valve", "", "heat"], 0.5)]
    weights = term_weights(PROBLEM, fields, TEXTS)
    rows, columns, _ = own_pairs(PROBLEM.image_offsets, PROBLEM.column_offsets)
    for row, column, score in zip(rows, columns, lexical_scores(PROBLEM, weights), strict=True):
        found = matched_terms(weights, int(row), int(column))
        assert sum(weight for _, weight in found) == pytest.approx(score)
        assert [weight for _, weight in found] == sorted((weight for _, weight in found), reverse=True)
    assert {"stress", "von", "mise"} == {term for term, _ in matched_terms(weights, 0, 2)}


def test_permuting_images_or_sections_permutes_scores() -> None:
    whole = scores(NAMES)[6:].reshape(3, 4)
    images = scores([*NAMES[:2], *(NAMES[i] for i in (4, 2, 3))])[6:].reshape(3, 4)
    np.testing.assert_allclose(images, whole[[2, 0, 1]])
    sections = scores(NAMES, [*TEXTS[:3], *(TEXTS[i] for i in (6, 3, 5, 4))])[6:].reshape(3, 4)
    np.testing.assert_allclose(sections, whole[:, [3, 0, 2, 1]])


def test_the_heavier_field_counts_for_a_term_of_both() -> None:
    alone = scores(["stress", "", "", "", ""])
    fields = [Field(["stress", "", "", "", ""]), Field(["stress", "", "", "", ""], 0.5)]
    np.testing.assert_allclose(lexical_scores(PROBLEM, term_weights(PROBLEM, fields, TEXTS)), alone)


def test_without_images_or_texts_there_are_no_scores() -> None:
    nothing = problem_of([0, 0], [0, 0])
    assert len(lexical_scores(nothing, term_weights(nothing, [Field([])], []))) == 0


def test_a_term_of_a_title_weighs_more_than_one_of_the_text() -> None:
    titles = ["", "stress", "", "", "", "", ""]
    weights = term_weights(PROBLEM, [Field(NAMES)], TEXTS, titles)
    of_image = lexical_scores(PROBLEM, weights)[:3]
    assert of_image[1] > scores(NAMES)[:3][1] == 0
    # The other texts of a section bring the same title, which counts once.
    twice = replace(PROBLEM, members=np.repeat(PROBLEM.members, 2), member_offsets=2 * PROBLEM.member_offsets)
    doubled = term_weights(twice, [Field(NAMES)], TEXTS, titles).columns
    alone = term_weights(twice, [Field(NAMES)], [""] * 7, titles).columns
    assert doubled.nnz > alone.nnz
    np.testing.assert_array_equal(alone.indptr[:3], [0, 0, 1])


def test_what_all_images_of_a_document_carry_weighs_less() -> None:
    common, rare = scores(["", "", "heat", "heat", "heat"]), scores(["", "", "", "", "heat"])
    assert 0 < common[14 + 2] < rare[14 + 2]
