"""Better on what was seen, worse on what was not."""

from __future__ import annotations

import math

from training.diagnosis.finding import Finding, judged
from training.diagnosis.measured import History, column

_SUSPECTED, _FOUND = 0.03, 0.06
#: Of one document's AUC: how far the mean of n documents moves by chance is this over the root of n.
_SPREAD = 0.25
_LEAST_LOOKS = 3
_NEAR = 10  # steps around a look over which its loss is averaged


def overfitting(history: History) -> Finding | None:
    """Look for a valid AUC that falls from its best while the training loss falls on.

    The value is the loss of AUC since the best look, less what chance moves it by on so few documents; zero
    unless the training loss has fallen by a tenth since then.
    """
    looks = history.looks
    if len(looks) < _LEAST_LOOKS:
        return None
    best = max(looks, key=lambda line: line["valid_in_doc_auc"])
    last = looks[-1]
    noise = _SPREAD / math.sqrt(max(last.get("valid_documents") or 1, 1))
    drop = float(best["valid_in_doc_auc"] - last["valid_in_doc_auc"])
    then, now = (_loss_at(history, int(line["step"])) for line in (best, last))
    falls = now < 0.9 * then
    return judged(
        "overfitting",
        max(drop - noise, 0.0) if falls else 0.0,
        _SUSPECTED,
        _FOUND,
        f"since step {best['step']} the AUC on held-out documents has gone from "
        f"{100 * best['valid_in_doc_auc']:.1f} to {100 * last['valid_in_doc_auc']:.1f}, "
        f"and the training loss from {then:.2f} to {now:.2f}.",
        "Take fewer steps, add documents, raise weight_decay, or lower model.text_hidden.",
    )


def _loss_at(history: History, step: int) -> float:
    near = [line for line in history.lines if abs(line["step"] - step) < _NEAR]
    return float(column(near, "loss").mean())
