"""Contrast between documents: a document's images belong to its own texts, which of them is never said."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from training.batch import TensorBatch
from training.encoded import Encoded, Gathered
from training.gather import gather
from training.model import UnalignedModel
from training.objectives.contrast import Counterparts, Loss, symmetric_infonce
from training.similarity.layout import own_weights, transposed
from training.similarity.routing import Router, routed_similarity
from training.similarity.smooth_chamfer import BLOCK_PAIRS, smooth_chamfer


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
    prior = batch.prior if settings.use_prior and len(batch.prior) else None
    terms: dict[str, Tensor] = {}
    if settings.chamfer_weight:
        both = _chamfer(encoded, gathered, prior, settings)
        terms["chamfer"] = _contrast(model.scale, encoded, gathered, both, settings.ignore_families)
    if settings.routing_weight:
        both = _routing(model.router, encoded, gathered, settings)
        terms["routing"] = _contrast(model.scale, encoded, gathered, both, settings.ignore_families)
    weights = {"chamfer": settings.chamfer_weight, "routing": settings.routing_weight}
    total = torch.stack([weights[name] * term for name, term in terms.items()]).sum()
    share = total / (settings.chamfer_weight + settings.routing_weight)
    return Loss(share, {name: term.detach() for name, term in terms.items()})


def _chamfer(
    local: Encoded, gathered: Gathered, prior: Tensor | None, settings: BetweenDocuments
) -> tuple[Tensor, Tensor]:
    own = None if prior is None else own_weights(prior, local.image_offsets, local.text_offsets)
    forth = smooth_chamfer(
        local.image_sets,
        gathered.encoded.text_sets,
        settings.alpha,
        own,
        first_column=gathered.first,
        block_pairs=settings.block_pairs,
    )
    if gathered.workers == 1:
        return forth, forth.T
    back = smooth_chamfer(
        local.text_sets,
        gathered.encoded.image_sets,
        settings.alpha,
        None if own is None else transposed(own, local.image_offsets, local.text_offsets),
        first_column=gathered.first,
        block_pairs=settings.block_pairs,
    )
    return forth, back


def _routing(
    router: Router, local: Encoded, gathered: Gathered, settings: BetweenDocuments
) -> tuple[Tensor, Tensor]:
    whole = gathered.encoded
    forth = routed_similarity(router, local.image_sets, whole.text_sets, block_pairs=settings.block_pairs)
    if gathered.workers == 1:
        return forth, forth.T
    back = routed_similarity(router, whole.image_sets, local.text_sets, block_pairs=settings.block_pairs)
    return forth, back.T


def _contrast(
    scale: Tensor, local: Encoded, gathered: Gathered, both: tuple[Tensor, Tensor], ignore_families: bool
) -> Tensor:
    whole = gathered.encoded
    ignored = local.keys[:, None] == whole.keys
    if ignore_families:
        ignored = ignored | (local.families[:, None] == whole.families)
    own = gathered.first + torch.arange(local.documents, device=local.keys.device)
    return symmetric_infonce(*both, scale, Counterparts(own, whole.contrasted, ignored))
