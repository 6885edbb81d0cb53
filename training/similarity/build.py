"""From settings to a similarity."""

from __future__ import annotations

from training.similarity.base import SetSimilarity
from training.similarity.chamfer import Chamfer
from training.similarity.logsumexp import LogSumExp
from training.similarity.maximum import Max
from training.similarity.mean import Mean
from training.similarity.routing import Routing
from training.similarity.settings import SimilaritySettings
from training.similarity.smooth_chamfer import SmoothChamfer


def similarity_from(settings: SimilaritySettings, width: int) -> SetSimilarity:
    """Return the similarity that the settings name.

    Args:
        settings: form and its options.
        width: d of the joint space, for the forms that learn.
    """
    match settings.form:
        case "mean":
            return Mean()
        case "max":
            return Max()
        case "chamfer":
            return Chamfer()
        case "smooth_chamfer":
            return SmoothChamfer(settings.alpha, settings.alpha_start)
        case "logsumexp":
            return LogSumExp()
        case "routing":
            return Routing(width, settings.temperature)
