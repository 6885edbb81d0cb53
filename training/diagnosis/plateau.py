"""A loss that stays where guessing is."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from training.diagnosis.finding import Finding, judged
from training.diagnosis.measured import History, column

_SUSPECTED, _FOUND = 0.9, 0.97
#: A loss below this share of what it was just before still falls: it is slow, not stuck.
_FALLS = 0.98
#: Steps after which, at the latest, a loss must have left it; a shorter training has half of its steps.
_LONG = 1000


def plateau(history: History) -> Finding | None:
    """Look for a loss that stays at ln(batch), what a model pays that cannot tell documents apart.

    open_clip's users meet it as "stuck at 4.85" = ln 128 (its issue 17). The value is the mean over the last
    tenth of the steps of the loss as a share of the logarithm of the things contrasted in that step; 1 is
    guessing, more is confidently wrong. A loss that was clearly higher in as many steps before is on its way
    and passes. Only for losses that are a cross entropy over the batch.
    """
    recent = history.recent
    taken = len(history.lines)
    if taken < _LONG and 2 * taken < history.config.steps:
        return None
    contrasted = column(recent, "contrasted")
    if not len(recent) or np.isnan(contrasted).any() or contrasted.min() < 2:
        return None
    share = float((column(recent, "loss") / np.log(contrasted)).mean())
    mean = float(column(recent, "loss").mean())
    before = column(history.lines[-2 * len(recent) : -len(recent)], "loss")
    falls = len(before) > 0 and mean < _FALLS * float(before.mean())
    finding = judged(
        "plateau",
        share,
        _SUSPECTED,
        _FOUND,
        f"over the last {len(recent)} steps the loss is {mean:.2f}, and ln({contrasted.mean():.0f}) = "
        f"{float(np.log(contrasted).mean()):.2f} is what guessing costs.",
        "Raise or lower optimizer.lr by ten, lengthen the warm-up, and check that features are not constant.",
    )
    return replace(finding, verdict="passed") if finding is not None and falls else finding
