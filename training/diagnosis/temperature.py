"""A scale of the logits at its limit."""

from __future__ import annotations

from training.diagnosis.finding import Finding, judged, worst
from training.diagnosis.measured import History


def temperature(history: History) -> Finding | None:
    """Look at the learned scale (one over the temperature): at its bound of 100, or so low that it is flat.

    CLIP bounds it by 100 "to prevent training instability" (Radford et al. 2021, section 2.5); a scale that
    lies there wants more, mostly because near-duplicates are told to be negatives. Below 1 the logits of
    cosines differ by less than e², so that no contrast can be sharp.
    """
    if not history.lines:
        return None
    scale = float(history.lines[-1]["scale"])
    high = judged(
        "temperature",
        scale,
        90.0,
        99.5,
        f"the scale of the logits is {scale:.1f}, and its bound is 100.",
        "Mask near-duplicates and documents of one family as negatives, or lower optimizer.lr.",
    )
    low = judged(
        "temperature",
        scale,
        3.0,
        1.0,
        f"the scale of the logits has fallen to {scale:.2f}, where the contrast is flat.",
        "Look for wrong positives or constant features, and start with model.scale near 14.",
    )
    return worst([high, low])
