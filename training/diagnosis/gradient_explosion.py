"""A gradient that grows without bound."""

from __future__ import annotations

import numpy as np

from training.diagnosis.finding import Finding, judged
from training.diagnosis.measured import History, column

_SUSPECTED, _FOUND = 20.0, 100.0


def gradient_explosion(history: History) -> Finding | None:
    """Look for a gradient that explodes (Pascanu et al. 2013).

    The value is the median norm (before clipping) of the last tenth of the steps over the median of the
    steps before it, the highest norm of which says nothing: one odd batch is no explosion.
    """
    recent = history.recent
    before = history.lines[: len(history.lines) - len(recent)]
    if not len(recent) or len(before) < len(recent):
        return None
    now, then = (float(np.median(column(lines, "grad_norm"))) for lines in (recent, before))
    return judged(
        "gradient_explosion",
        now / max(then, 1e-12),
        _SUSPECTED,
        _FOUND,
        f"the gradient's norm is {now:.3g}, after {then:.3g} in the steps before.",
        "Lower optimizer.lr and lengthen the warm-up.",
    )
