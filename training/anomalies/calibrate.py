"""From measures of a figure and a document to the probability that the figure does not belong there.

Nobody says which figures are wrong. But a figure of one run put before the text of a sibling is wrong, and
there are as many of these pairs as one likes; that a figure stands right where it is, is true of nearly all.
A logistic regression tells the two apart. What it says is calibrated for as many wrong pairs as right ones,
and is then shifted to the share of wrong figures that is expected (Saerens et al. 2002, "Adjusting the
Outputs of a Classifier to New a Priori Probabilities").
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.special import expit, logit

Floats = NDArray[np.float64]

#: The share of figures that is expected to be wrong.
PRIOR = 0.02
_RIDGE = 1.0
_MOST = 12.0


@dataclass(frozen=True)
class Calibration:
    """A logistic regression whose weights are not negative: every measure speaks for being wrong."""

    names: tuple[str, ...]
    scales: tuple[float, ...]
    weights: tuple[float, ...]
    bias: float

    def probability(self, measures: Floats, prior: float = PRIOR) -> Floats:
        """Return the probability [n] of being wrong, for measures [n, k], where `prior` of all are wrong."""
        said = measures / np.array(self.scales) @ np.array(self.weights) + self.bias
        return np.asarray(expit(said + logit(prior)), dtype=np.float64)


def calibrate(names: tuple[str, ...], right: Floats, wrong: Floats) -> Calibration:
    """Fit on measures of figures before their own text and before a sibling's.

    Args:
        names: of the measures, k of them.
        right: [n, k].
        wrong: [m, k]; both sides weigh the same. Without either the measures say nothing.
    """
    if not len(right) or not len(wrong):
        return Calibration(names, (1.0,) * len(names), (0.0,) * len(names), 0.0)
    measures = np.concatenate([right, wrong])
    scales = np.sqrt(np.mean(np.square(measures), axis=0))
    scales[scales == 0] = 1.0
    x = measures / scales
    sign = np.where(np.arange(len(x)) < len(right), -1.0, 1.0)
    each = np.where(sign < 0, 0.5 / len(right), 0.5 / len(wrong)) * len(x)

    def loss(parameters: Floats) -> tuple[float, Floats]:
        weights, bias = parameters[:-1], parameters[-1]
        said = sign * (x @ weights + bias)
        value = float((each * np.logaddexp(0.0, -said)).sum() + 0.5 * _RIDGE * weights @ weights)
        slope = -each * sign * expit(-said)
        return value, np.append(x.T @ slope + _RIDGE * weights, slope.sum())

    bounds = [(0.0, _MOST)] * len(names) + [(None, None)]
    found = minimize(loss, np.zeros(len(names) + 1), jac=True, method="L-BFGS-B", bounds=bounds).x
    return Calibration(names, tuple(scales.tolist()), tuple(found[:-1].tolist()), float(found[-1]))
