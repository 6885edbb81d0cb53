"""Contrast between documents: a document's images belong to its own texts, which of them is never said."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from training.batch import TensorBatch
from training.contrast.infonce import symmetric_infonce
from training.encoded import Encoded, Gathered
from training.gather import gather
from training.masks import Masks, between_documents_counterparts
from training.model import UnalignedModel
from training.objectives.loss import Loss
from training.similarity.base import SetSimilarity
from training.similarity.blockwise import BLOCK_PAIRS
from training.similarity.layout import Own, OwnWeights, own_weights
from training.similarity.smooth_chamfer import SmoothChamfer


@dataclass(frozen=True)
class BetweenDocuments:
    """Settings of the objective: the weighted mean of the contrasts over both similarities.

    Raises:
        ValueError: if a weight is negative or both are zero.
    """

    alpha: float = 16.0  # sharpness of smooth-Chamfer
    chamfer_weight: float = 1.0
    routing_weight: float = 0.5
    use_prior: bool = True  # weigh one's own document by its layout; without it the order is not looked at
    ignore_families: bool = False  # other documents of one's own family are no negatives
    block_pairs: int = BLOCK_PAIRS  # image-text products held at once

    def __post_init__(self) -> None:
        if (
            min(self.chamfer_weight, self.routing_weight) < 0
            or self.chamfer_weight + self.routing_weight == 0
        ):
            raise ValueError("chamfer_weight and routing_weight must not be negative, and not both zero")


def between_documents(
    model: UnalignedModel, batch: TensorBatch, encoded: Encoded, settings: BetweenDocuments
) -> Loss:
    """Return this worker's share of the loss over the documents of all workers.

    Every worker must call it, also one without documents. Documents without images or without texts take no
    part. With one image and one text in each document it equals CLIP's loss (a router that was not trained
    yet included).

    Args:
        model: its scale and its router.
        batch: the local documents, for their prior.
        encoded: the same documents, encoded.
        settings: the weights.

    Returns:
        The share, with terms `chamfer` and `routing` (those whose weight is not zero).
    """
    gathered = gather(encoded)
    masks = Masks(("document", "family") if settings.ignore_families else ("document",))
    found = between_documents_counterparts(batch, encoded, gathered, masks)
    prior = batch.prior if settings.use_prior and len(batch.prior) else None
    layout = None if prior is None else own_weights(prior, encoded.image_offsets, encoded.text_offsets)
    terms: dict[str, Tensor] = {}
    if settings.chamfer_weight:
        both = _both_ways(SmoothChamfer(settings.alpha), encoded, gathered, layout, settings)
        terms["chamfer"] = symmetric_infonce(*both, model.scale, found)
    if settings.routing_weight:
        both = _both_ways(model.router, encoded, gathered, layout, settings)
        terms["routing"] = symmetric_infonce(*both, model.scale, found)
    weights = {"chamfer": settings.chamfer_weight, "routing": settings.routing_weight}
    total = torch.stack([weights[name] * term for name, term in terms.items()]).sum()
    share = total / (settings.chamfer_weight + settings.routing_weight)
    return Loss(share, {name: term.detach() for name, term in terms.items()})


def _both_ways(
    similarity: SetSimilarity,
    local: Encoded,
    gathered: Gathered,
    weights: OwnWeights | None,
    settings: BetweenDocuments,
) -> tuple[Tensor, Tensor]:
    """Similarities of local images to all texts, and of local texts to all images."""
    whole, first, count = gathered.encoded, gathered.first, local.documents
    forth: Tensor = similarity(
        local.image_sets,
        whole.text_sets,
        Own(weights, 0, first, count),
        block_pairs=settings.block_pairs,
    )
    if gathered.workers == 1:
        return forth, forth.T
    back: Tensor = similarity(
        whole.image_sets,
        local.text_sets,
        Own(weights, first, 0, count),
        block_pairs=settings.block_pairs,
    )
    return forth, back.T
