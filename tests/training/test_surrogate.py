from __future__ import annotations

import numpy as np
import pytest

from storage.errors import LooseleafError
from training.surrogate import cross_validated_r2, repeated_r2, ridge_predictions


def test_ridge_is_the_closed_form() -> None:
    draw = np.random.default_rng(0)
    x, y, wanted = draw.standard_normal((30, 4)), draw.standard_normal(30), draw.standard_normal((5, 4))
    weight = np.array([1.0, 1.0, 0.5, 0.5])
    scaled = (x - x.mean(0)) / x.std(0) * weight
    weights = np.linalg.solve(scaled.T @ scaled + 1e-5 * np.eye(4), scaled.T @ (y - y.mean()))
    expected = (wanted - x.mean(0)) / x.std(0) * weight @ weights + y.mean()
    predicted = ridge_predictions(x, y, wanted, weight)
    np.testing.assert_allclose(predicted[0], expected)
    np.testing.assert_allclose(predicted[-1], y.mean(), atol=0.05)


def families(count: int, siblings: int) -> list[str]:
    return [str(number) for number in range(count) for _ in range(siblings)]


def test_what_can_be_predicted_is() -> None:
    draw = np.random.default_rng(1)
    x = draw.standard_normal((100, 6))
    assert cross_validated_r2([x], x @ np.arange(6.0), families(20, 5)) > 0.95
    assert cross_validated_r2([], x[:, 0], families(20, 5)) <= 0.0


def test_a_narrow_block_does_not_drown_in_a_wide_one() -> None:
    draw = np.random.default_rng(3)
    told, noise = draw.standard_normal((100, 3)), draw.standard_normal((100, 600))
    target = told.sum(axis=1)
    together = cross_validated_r2([noise, told], target, families(20, 5))
    assert together > 0.8
    assert (
        together > cross_validated_r2([np.concatenate([noise, told], axis=1)], target, families(20, 5)) + 0.3
    )


def test_the_spread_is_over_deals_of_the_families() -> None:
    draw = np.random.default_rng(4)
    x, y = draw.standard_normal((60, 3)), draw.standard_normal(60)
    found = repeated_r2([x], y, families(12, 5), deals=3)
    each = [cross_validated_r2([x], y, families(12, 5), seed) for seed in range(3)]
    assert found.mean == pytest.approx(np.mean(each))
    assert found.spread == pytest.approx(np.std(each))
    assert found.spread > 0


def test_siblings_do_not_leak() -> None:
    """Features that name the family predict nothing of families that were not seen."""
    draw = np.random.default_rng(2)
    x = np.repeat(draw.standard_normal((20, 40)), 5, axis=0)
    y = np.repeat(draw.standard_normal(20), 5)
    assert cross_validated_r2([x], y, families(20, 5)) < 0.2
    assert cross_validated_r2([x], y, [str(number) for number in range(100)]) > 0.9


@pytest.mark.parametrize(
    ("target", "owners", "said"),
    [
        (np.ones(10), families(5, 2), "same value"),
        (np.arange(10.0), families(2, 5), "fewer than three"),
        (np.full(10, np.nan), families(5, 2), "not finite"),
    ],
)
def test_bad_input_is_named(target: np.ndarray, owners: list[str], said: str) -> None:
    with pytest.raises(LooseleafError, match=said):
        cross_validated_r2([np.eye(10)], target, owners)
