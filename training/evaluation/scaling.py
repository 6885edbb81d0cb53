"""A power law of what a larger run would reach (Hestness et al. 2017; Kaplan et al. 2020)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from storage.errors import LooseleafError

#: Sizes below which three parameters cannot be told.
LEAST_SIZES = 4
_DRAWS = 200
#: Relative residuals above this count linearly (Hoffmann et al. 2022 use Huber's loss so, on larger runs).
_ROBUST = 0.02
_EXPONENTS = np.geomspace(0.02, 4.0, 40)
#: Rounds of reweighting, and of looking closer at the exponent.
_ROUNDS, _CLOSER = 5, 3

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class PowerLaw:
    """L(N) = floor + factor * (N / unit)^-exponent; all but `unit` are fitted."""

    floor: float
    factor: float
    exponent: float
    unit: float

    def at(self, sizes: Floats | float) -> Floats:
        """Return L at these sizes."""
        scaled = np.asarray(sizes, dtype=np.float64) / self.unit
        return np.asarray(self.floor + self.factor * scaled**-self.exponent)


@dataclass(frozen=True)
class Prediction:
    """What is expected of a training of some size: the law's value, and where 95 % of trainings would lie."""

    size: float
    value: float
    low: float
    high: float

    def holds(self, value: float) -> bool:
        """Say whether a measured value lies in the interval."""
        return self.low <= value <= self.high


def fit_power_law(sizes: Sequence[float], values: Sequence[float]) -> PowerLaw:
    """Fit L = a + b N^-c with a and b not below zero, by Huber's loss of the relative residuals.

    Args:
        sizes: [n], above zero; a size may come several times, with several seeds.
        values: [n], above zero.

    Raises:
        LooseleafError: if there are fewer than four different sizes, or a value is not above zero.
    """
    n, measured = np.asarray(sizes, dtype=np.float64), np.asarray(values, dtype=np.float64)
    if len(np.unique(n)) < LEAST_SIZES:
        raise LooseleafError(
            f"A power law needs {LEAST_SIZES} different sizes, and there are {len(np.unique(n))}; "
            "measure more."
        )
    if not (np.isfinite(measured).all() and (measured > 0).all() and (n > 0).all()):
        raise LooseleafError("A power law is fitted to sizes and losses above zero; leave the others out.")
    unit = float(np.exp(np.log(n).mean()))
    floor, factor, exponent = _fitted(n / unit, measured[None])[0].tolist()
    return PowerLaw(floor, factor, exponent, unit)


def predict(
    sizes: Sequence[float], values: Sequence[float], size: float, seed: int = 0
) -> tuple[PowerLaw, Prediction]:
    """Fit a law and say what one training of another size would reach.

    The interval is a bootstrap of the residuals: the law is fitted again to itself with residuals drawn from
    the first fit, and one more residual is put on its value at `size`.

    Args:
        sizes: [n], see `fit_power_law`.
        values: [n].
        size: to predict at.
        seed: of the draws.

    Raises:
        LooseleafError: as `fit_power_law`.
    """
    law = fit_power_law(sizes, values)
    n, measured = np.asarray(sizes, dtype=np.float64), np.asarray(values, dtype=np.float64)
    residuals = np.log(measured / law.at(n))
    # Three parameters have taken their share of the spread.
    residuals = (residuals - residuals.mean()) * np.sqrt(len(n) / max(len(n) - 3, 1))
    noise = np.random.default_rng(seed).choice(residuals, size=(_DRAWS, len(n) + 1))
    floor, factor, exponent = _fitted(n / law.unit, law.at(n) * np.exp(noise[:, :-1])).T
    drawn = (floor + factor * (size / law.unit) ** -exponent) * np.exp(noise[:, -1])
    low, high = np.quantile(drawn, [0.025, 0.975]).tolist()
    value = float(law.at(size))
    return law, Prediction(size, value, min(low, value), max(high, value))


def _fitted(sizes: Floats, values: Floats) -> Floats:
    """Fit many laws at once: for a given exponent a law is linear, so that exponents are searched.

    Args:
        sizes: [n].
        values: [laws, n].

    Returns:
        Floor, factor and exponent of each law, [laws, 3].
    """
    exponents = np.broadcast_to(_EXPONENTS, (len(values), len(_EXPONENTS)))
    for closer in range(_CLOSER):
        floor, factor, loss = _linear(sizes, values, exponents)
        best = loss.argmin(axis=1)[:, None]
        found = [np.take_along_axis(of_all, best, axis=1) for of_all in (floor, factor, exponents)]
        step = (_EXPONENTS[1] / _EXPONENTS[0]) ** (0.2**closer)
        exponents = found[2] * step ** np.linspace(-1, 1, 11)
    return np.concatenate(found, axis=1)


def _linear(sizes: Floats, values: Floats, exponents: Floats) -> tuple[Floats, Floats, Floats]:
    """Return floor, factor and Huber's loss for given exponents, [laws, exponents] each."""
    powers = sizes ** -exponents[..., None]  # [laws, exponents, n]
    inverse = 1.0 / values[:, None, :]
    ones, slopes = np.broadcast_to(inverse, powers.shape), powers * inverse
    weights = np.ones_like(powers)
    for _ in range(_ROUNDS):
        aa, ab, bb, a, b = (
            (weights * term).sum(axis=-1)
            for term in (ones * ones, ones * slopes, slopes * slopes, ones, slopes)
        )
        determinant = np.maximum(aa * bb - ab * ab, 1e-300)
        floor, factor = (bb * a - ab * b) / determinant, (aa * b - ab * a) / determinant
        floor, factor = np.where(factor < 0, a / aa, floor), np.maximum(factor, 0.0)
        factor, floor = np.where(floor < 0, b / bb, factor), np.maximum(floor, 0.0)
        off = np.abs(1.0 - floor[..., None] * ones - factor[..., None] * slopes)
        weights = np.minimum(1.0, _ROBUST / np.maximum(off, 1e-300))
    loss = np.where(off <= _ROBUST, 0.5 * off**2, _ROBUST * (off - 0.5 * _ROBUST)).sum(axis=-1)
    return floor, factor, loss
