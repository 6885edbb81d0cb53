"""A loss that stays where guessing is."""

from __future__ import annotations

import numpy as np

from training.diagnosis.finding import Finding, judged
from training.diagnosis.measured import History, column

_SUSPECTED, _FOUND = 0.9, 0.97


def plateau(history: History) -> Finding | None:
    """Look for a loss that stays at ln(batch), what a model pays that cannot tell documents apart.

    open_clip's users meet it as "stuck at 4.85" = ln 128 (its issue 17). The value is the mean over the last
    tenth of the steps of the loss as a share of the logarithm of the things contrasted in that step; 1 is
    guessing, more is confidently wrong. Only for losses that are a cross entropy over the batch.
    """
    recent = history.recent
    contrasted = column(recent, "contrasted")
    if not len(recent) or np.isnan(contrasted).any() or contrasted.min() < 2:
        return None
    share = float((column(recent, "loss") / np.log(contrasted)).mean())
    mean = float(column(recent, "loss").mean())
    return judged(
        "plateau",
        share,
        _SUSPECTED,
        _FOUND,
        f"over the last {len(recent)} steps the loss is {mean:.2f}, and ln({contrasted.mean():.0f}) = "
        f"{float(np.log(contrasted).mean()):.2f} is what guessing costs.",
        "Raise or lower optimizer.lr by ten, lengthen the warm-up, and check that features are not constant.",
    )
