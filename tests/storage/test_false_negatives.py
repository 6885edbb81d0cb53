from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from storage.false_negatives import Features, features, fit_estimate, likeness

WIDTH = 16


def document(draw: np.random.Generator, images: int = 4, texts: int = 9) -> Features:
    return features(draw.normal(size=(images, WIDTH)) + 0.5, draw.normal(size=(texts, WIDTH)) + 0.5)


def documents(count: int = 60, seed: int = 0) -> list[Features]:
    draw = np.random.default_rng(seed)
    return [document(draw, int(draw.integers(1, 6)), int(draw.integers(2, 15))) for _ in range(count)]


def test_likeness_is_symmetric_and_one_for_the_same() -> None:
    first, second = documents(2)
    assert likeness(first, second) == pytest.approx(likeness(second, first))
    assert likeness(first, first) == pytest.approx((1.0, 1.0))
    assert max(likeness(first, second)) < 1


def test_copies_are_probable_and_strangers_are_not() -> None:
    known = documents()
    estimate = fit_estimate(known)
    assert estimate is not None
    draw = np.random.default_rng(5)
    fresh = [document(draw) for _ in range(20)]
    # A copy whose vectors moved a little, as those of a picture that was compressed again.
    moved = [features(d.images + 0.02 * draw.normal(size=d.images.shape), d.texts[1:]) for d in fresh]
    same = estimate.probability(np.array([likeness(a, b) for a, b in zip(fresh, moved, strict=True)]))
    other = estimate.probability(np.array([likeness(a, b) for a, b in pairwise(fresh)]))
    assert same.min() > 0.9
    assert other.max() < 0.3
    assert other.mean() < 0.1


def test_probabilities_are_calibrated() -> None:
    """Copies and strangers that overlap get on average the share that are copies, and a small loss."""
    draw = np.random.default_rng(1)

    def loose(count: int) -> list[Features]:
        topics = draw.normal(size=(6, WIDTH))
        return [
            features(
                topics[draw.integers(6)] + 0.9 * draw.normal(size=(3, WIDTH)),
                topics[draw.integers(6)] + 0.9 * draw.normal(size=(4, WIDTH)),
            )
            for _ in range(count)
        ]

    estimate = fit_estimate(loose(256))
    assert estimate is not None
    fresh = loose(400)

    def part(of: np.ndarray) -> np.ndarray:
        kept = draw.random(len(of)) < 0.7
        return of[kept] if kept.any() else of[:1]

    copies = [
        likeness(Features(part(d.images), part(d.texts)), Features(part(d.images), part(d.texts)))
        for d in fresh
    ]
    strangers = [likeness(a, b) for a, b in zip(fresh, fresh[1:] + fresh[:1], strict=True)]
    found = estimate.probability(np.array(copies + strangers))
    truth = np.repeat([1.0, 0.0], [len(copies), len(strangers)])
    assert abs(found.mean() - truth.mean()) < 0.05
    loss = -np.log(np.where(truth == 1, found, 1 - found)).mean()
    # Better than any probability that is the same for all, which costs at least ln 2.
    assert loss < 0.3


def test_more_alike_is_never_less_probable_and_unknown_is_neutral() -> None:
    estimate = fit_estimate(documents())
    assert estimate is not None
    assert min(estimate.weights) >= 0
    rising = estimate.probability(np.stack([np.linspace(-1, 1, 9)] * 2, axis=1))
    assert (np.diff(rising) >= 0).all()
    unknown = estimate.probability(np.array([[np.nan, 0.9]]))
    assert unknown == pytest.approx(estimate.probability(np.array([[estimate.means[0], 0.9]])))


def test_a_modality_that_is_never_there_or_constant_does_not_count() -> None:
    draw = np.random.default_rng(2)
    texts = [features(np.zeros((0, WIDTH)), draw.normal(size=(5, WIDTH))) for _ in range(30)]
    constant = [features(np.ones((3, WIDTH)), d.texts) for d in texts]
    for known in (texts, constant):
        estimate = fit_estimate(known)
        assert estimate is not None
        assert estimate.weights[0] == 0
        assert np.isfinite(estimate.probability(np.array([likeness(known[0], known[1])]))).all()


def test_few_documents_give_no_estimate_and_broken_vectors_are_left_out() -> None:
    assert fit_estimate(documents(7)) is None
    broken = features(np.array([[np.nan, 1.0], [0.0, 0.0], [3.0, 4.0]]), np.zeros((0, 2)))
    assert broken.images.tolist() == [pytest.approx([0.6, 0.8])]
    assert np.isnan(likeness(broken, broken)[1])
