"""Sharpness that changes over a training run."""

from __future__ import annotations

from torch import nn

from training.similarity.smooth_chamfer import SmoothChamfer


def anneal(module: nn.Module, progress: float) -> None:
    """Set alpha of every smooth-Chamfer similarity within `module` to its value at this point of the run.

    The value is a geometric path from its start to its end, so it is a function of the step alone: a run that
    goes on from a checkpoint has the sharpness of one that was never stopped.

    Args:
        module: the model, or the similarity itself.
        progress: share of the steps that are done, 0 to 1.

    Raises:
        ValueError: if `progress` is outside [0, 1].
    """
    if not 0 <= progress <= 1:
        raise ValueError(f"progress is {progress}: it must be between 0 and 1")
    for part in module.modules():
        if isinstance(part, SmoothChamfer):
            start, end = part.ends
            part.alpha = start ** (1 - progress) * end**progress
