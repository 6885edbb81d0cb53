"""Steps that wait for data."""

from __future__ import annotations

import numpy as np

from training.diagnosis.finding import Finding, judged
from training.diagnosis.measured import History, column

_SUSPECTED, _FOUND = 0.1, 0.3
#: Seconds of a step below which waiting is no loss worth a word.
_LEAST = 0.005


def loader(history: History) -> Finding | None:
    """Look for steps that wait for data (open_clip's issue 681: 96 of 100 seconds).

    The value is the share of a median step that went to loading; 10 % is suspicious, 30 % is sure. Steps
    that wait for less than 5 ms are left alone.
    """
    recent = history.recent
    if not len(recent):
        return None
    data = float(np.median(column(recent, "data_seconds")))
    compute = float(np.median(column(recent, "compute_seconds")))
    share = data / max(data + compute, 1e-9)
    return judged(
        "loader_bound",
        share if data >= _LEAST else 0.0,
        _SUSPECTED,
        _FOUND,
        f"a step waits {1e3 * data:.1f} ms for data and computes for {1e3 * compute:.1f} ms "
        f"({100 * share:.0f} % waiting).",
        "Put the shards on a local disk, lock the encoders so that features are read, or draw fewer members.",
    )
