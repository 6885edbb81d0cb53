"""The learning rate of each step."""

from __future__ import annotations

import math

from training.config import OptimizerSettings


def learning_rate(step: int, steps: int, settings: OptimizerSettings) -> float:
    """Return the rate of optimiser step `step`, counted from 0, of `steps`: warm-up, then cosine to zero."""
    warm = math.ceil(settings.warmup * steps)
    if step < warm:
        return settings.lr * (step + 1) / (warm + 1)
    if settings.schedule == "constant":
        return settings.lr
    progress = (step - warm) / max(steps - warm, 1)
    return settings.lr * 0.5 * (1.0 + math.cos(math.pi * progress))
