"""A law that is there is found, an outlier does not pull it, and intervals hold what they say."""

from __future__ import annotations

import numpy as np
import pytest

from storage.errors import LooseleafError
from training.evaluation.scaling import PowerLaw, fit_power_law, predict

SIZES = [50, 100, 200, 400, 800]


def _law(sizes: list[int]) -> np.ndarray:
    return 0.3 + 4.0 * np.asarray(sizes, float) ** -0.5


def test_an_exact_law_is_found() -> None:
    law = fit_power_law(SIZES, _law(SIZES).tolist())
    assert law.floor == pytest.approx(0.3, rel=0.02)
    assert law.exponent == pytest.approx(0.5, rel=0.02)
    assert law.factor * law.unit**law.exponent == pytest.approx(4.0, rel=0.05)
    assert float(law.at(3200)) == pytest.approx(float(_law([3200])[0]), rel=1e-3)


def test_the_unit_of_size_changes_nothing() -> None:
    values = _law(SIZES).tolist()
    there, back = fit_power_law(SIZES, values), fit_power_law([1e4 * size for size in SIZES], values)
    assert float(back.at(1.6e7)) == pytest.approx(float(there.at(1600)), rel=1e-6)


def test_an_outlier_does_not_pull_it() -> None:
    sizes = SIZES * 3
    values = _law(sizes)
    values[6] *= 1.5
    assert float(fit_power_law(sizes, values.tolist()).at(1600)) == pytest.approx(
        float(_law([1600])[0]), rel=0.02
    )


def test_intervals_hold_the_next_size_about_as_often_as_they_say() -> None:
    random = np.random.default_rng(0)
    held = []
    for trial in range(12):
        sizes = SIZES * 3
        values = _law(sizes) * np.exp(0.02 * random.normal(size=len(sizes)))
        _, prediction = predict(sizes, values.tolist(), 1600, seed=trial)
        held.append(prediction.holds(float(_law([1600])[0] * np.exp(0.02 * random.normal()))))
    assert np.mean(held) >= 0.75


def test_a_level_that_does_not_fall_is_predicted_to_stay() -> None:
    law, prediction = predict(SIZES, [0.7] * 5, 1600)
    assert isinstance(law, PowerLaw)
    assert prediction.value == pytest.approx(0.7, rel=1e-3)


def test_too_few_sizes_and_losses_of_zero_are_named() -> None:
    with pytest.raises(LooseleafError, match="needs 4 different sizes, and there are 2"):
        fit_power_law([1, 1, 2, 2], [1.0, 1.0, 0.5, 0.5])
    with pytest.raises(LooseleafError, match="above zero"):
        fit_power_law(SIZES, [1, 1, 1, 1, 0])
