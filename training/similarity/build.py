"""From settings to a similarity."""

from __future__ import annotations

from training.encoders.token_settings import TokenSettings
from training.similarity.assignment import Assignment
from training.similarity.base import CosineForm, SetSimilarity
from training.similarity.chamfer import Chamfer
from training.similarity.late_interaction import LateInteraction, ScaleWeights
from training.similarity.logsumexp import LogSumExp
from training.similarity.maximum import Max
from training.similarity.mean import Mean
from training.similarity.routing import Routing
from training.similarity.settings import CosineFormName, SimilaritySettings
from training.similarity.sinkhorn import Sinkhorn
from training.similarity.smooth_chamfer import SmoothChamfer
from training.similarity.top_k import TopK


def similarity_from(
    settings: SimilaritySettings,
    width: int,
    tokens: TokenSettings = TokenSettings(),  # noqa: B008 - frozen
) -> SetSimilarity:
    """Return the similarity that the settings name.

    Args:
        settings: form and its options.
        width: d of the joint space, for the router.
        tokens: of the units that a late interaction compares; with some it learns weights of their scales.
    """
    match settings.form:
        case "routing":
            return Routing(width, settings.temperature)
        case "late_interaction":
            weighted = tokens.asked and settings.scales == "apart"
            return LateInteraction(
                _cosine_form(settings.units, settings), ScaleWeights() if weighted else None
            )
        case form:
            return _cosine_form(form, settings)


def _cosine_form(form: CosineFormName, settings: SimilaritySettings) -> CosineForm:
    match form:
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
        case "top_k":
            return TopK(settings.k)
        case "assignment":
            return Assignment()
        case "sinkhorn":
            return Sinkhorn(settings.epsilon, settings.dustbin, settings.iterations)
