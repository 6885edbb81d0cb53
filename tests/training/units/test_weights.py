from dataclasses import replace

import numpy as np
import pytest

from tests.training.units.units_samples import noisy_parts, problem_of
from training.metrics.pairs import own_pairs
from training.units.parts import Part, relative
from training.units.weights import (
    PartWeights,
    agreement_weights,
    combined,
    layout_weights,
    link_probabilities,
    log_likelihood,
)

NOISE = {"good": 0.3, "poor": 1.0, "none": 50.0}


def test_a_missing_part_changes_no_ranking() -> None:
    problem, parts, truth = noisy_parts(NOISE)
    weights = layout_weights(problem, parts, truth)
    rows, _, _ = own_pairs(problem.image_offsets, problem.column_offsets)
    held = np.ones(len(parts[0].held), bool)
    held[[0, 4, 7]] = False
    missing = [parts[0], replace(parts[1], held=held), parts[2]]
    mine = combined(problem, missing, weights).reshape(-1, 5)[~held]
    others = combined(problem, parts, weights.without("poor")).reshape(-1, 5)[~held]
    np.testing.assert_allclose(mine, others)
    # Whatever stands where an image has no part is not looked at.
    strange = replace(missing[1], scores=np.where(held[rows], missing[1].scores, 1e9))
    np.testing.assert_allclose(relative(problem, strange), relative(problem, missing[1]))


def test_a_part_that_no_image_has_says_nothing() -> None:
    problem, parts, truth = noisy_parts(NOISE)
    empty = Part("empty", np.zeros(len(truth)), np.zeros(len(parts[0].held), bool))
    weights = layout_weights(problem, [*parts, empty], truth)
    assert weights.weights[-1] == pytest.approx(0, abs=1e-6)
    np.testing.assert_allclose(
        combined(problem, [*parts, empty], weights),
        combined(problem, parts, layout_weights(problem, parts, truth)),
        rtol=1e-3,
    )


def test_scale_and_shift_of_a_part_do_not_matter() -> None:
    problem, parts, truth = noisy_parts(NOISE)
    other = [replace(part, scores=7.0 + 1000.0 * part.scores) for part in parts]
    expected = combined(problem, parts, layout_weights(problem, parts, truth))
    np.testing.assert_allclose(combined(problem, other, layout_weights(problem, other, truth)), expected)


def test_better_parts_weigh_more() -> None:
    noise = {"good": 0.8, "poor": 2.0, "other": 1.2, "none": 50.0}
    problem, parts, truth = noisy_parts(noise, documents=400)
    good, poor, other, none = layout_weights(problem, parts, truth).weights
    assert good > other > poor > none
    assert 0 <= none < 0.1


def test_without_any_target_a_part_that_no_other_agrees_with_weighs_nothing() -> None:
    problem, parts, _ = noisy_parts({"good": 0.3, "poor": 1.0, "other": 0.6, "none": 50.0})
    *useful, none = agreement_weights(problem, parts).weights
    assert min(useful) > 0.5
    assert 0 <= none < 0.15


def test_probabilities_are_calibrated() -> None:
    problem, parts, truth = noisy_parts(NOISE, documents=400)
    # Of every fifth image the parts tell nothing.
    silent = np.arange(len(parts[0].held)) % 5 == 0
    rows, _, _ = own_pairs(problem.image_offsets, problem.column_offsets)
    noise = np.random.default_rng(1).normal(size=(len(parts), len(truth)))
    parts = [
        replace(part, scores=np.where(silent[rows], drawn, part.scores))
        for part, drawn in zip(parts, noise, strict=True)
    ]
    probability = link_probabilities(problem, parts, layout_weights(problem, parts, truth))
    np.testing.assert_allclose(probability.reshape(-1, 5).sum(axis=1), 1.0)
    for low, high in ((0.05, 0.3), (0.3, 0.7), (0.7, 1.0)):
        chosen = (probability >= low) & (probability < high)
        assert truth[chosen].mean() == pytest.approx(probability[chosen].mean(), abs=0.08)


def test_an_image_without_any_part_likes_every_column_alike() -> None:
    problem, parts, truth = noisy_parts({"good": 0.3})
    held = np.ones(len(parts[0].held), bool)
    held[0] = False
    parts = [replace(parts[0], held=held)]
    weights = layout_weights(problem, parts, truth)
    np.testing.assert_allclose(link_probabilities(problem, parts, weights)[:5], 0.2)


def test_what_parts_say_of_all_columns_lifts_no_image_above_the_others() -> None:
    problem, parts, truth = noisy_parts(NOISE)
    weights = layout_weights(problem, parts, truth)
    told = log_likelihood(problem, parts, weights).reshape(-1, 5)
    np.testing.assert_allclose(np.exp(told).sum(axis=1), 1.0)
    scores = combined(problem, parts, weights).reshape(-1, 5)
    np.testing.assert_allclose(np.diff(told, axis=1), np.diff(scores, axis=1))
    # Two columns that everything speaks for: the score is as high as that of one, the likelihood is not.
    both = np.array([4.0, 4.0, -4.0, -2.0, -2.0])
    one = np.array([4.0, -1.0, -1.0, -1.0, -1.0])
    pair = problem_of([0, 2], [0, 5])
    part = Part("own", np.concatenate([both, one]), np.ones(2, bool))
    alone = PartWeights(("own",), (1.0,))
    first, second = combined(pair, [part], alone).reshape(2, 5).max(axis=1)
    assert first == pytest.approx(second)
    first, second = log_likelihood(pair, [part], alone).reshape(2, 5).max(axis=1)
    assert first < second
