"""A gradient that is always cut."""

from __future__ import annotations

import numpy as np

from training.diagnosis.finding import Finding, judged
from training.diagnosis.measured import History, column

_SUSPECTED, _FOUND = 10.0, 100.0


def clipping(history: History) -> Finding | None:
    """Look for gradients that are clipped in each step, which makes the learning rate another one.

    The value is by how much at least 95 of 100 recent steps were cut: the norm before clipping over
    `optimizer.clip_norm`, its fifth percentile. Adam divides a constant factor out again, so that some
    clipping is harmless.
    """
    recent = history.recent
    if not len(recent):
        return None
    limit = history.config.optimizer.clip_norm
    factor = float(np.quantile(column(recent, "grad_norm") / limit, 0.05))
    return judged(
        "clipping",
        factor,
        _SUSPECTED,
        _FOUND,
        f"nearly all of the last {len(recent)} gradients are more than {factor:.1f} times "
        f"clip_norm ({limit:g}).",
        "Raise optimizer.clip_norm, or lower optimizer.lr and model.scale.",
    )
