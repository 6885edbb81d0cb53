"""CLIP or SigLIP on pairs drawn from documents: what a set objective has to beat, and the ceiling."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from training import chance, ragged
from training.batch import TensorBatch
from training.choices import PairKind
from training.contrast.counterparts import Counterparts, counterparts
from training.contrast.infonce import symmetric_infonce
from training.contrast.sigmoid import bag_sigmoid
from training.encoded import Encoded
from training.fused.infonce import infonce
from training.fused.labels import Labels, count_matches
from training.fused.sigmoid import sigmoid
from training.gather import gather_both, gather_rows, total
from training.model import UnalignedModel
from training.objectives.loss import Loss


@dataclass(frozen=True)
class ClipPairs:
    """Settings of the objective."""

    kind: PairKind = "random"
    per_document: int = 1  # pairs of one document; they are no negatives of each other


@dataclass(frozen=True)
class Pairs:
    """Chosen pairs, by row of the batch, in the order of their documents."""

    images: Tensor  # int64 [K]
    texts: Tensor  # int64 [K]
    documents: Tensor  # int64 [K], index within the batch


def candidates(batch: TensorBatch, kind: PairKind) -> Tensor:
    """Return which own pairs may be chosen, bool [Σ M_b N_b] in the order of `ragged.own_pairs`.

    Raises:
        ValueError: if adjacent pairs are asked of a batch without a layout prior.
    """
    rows, columns, documents = ragged.own_pairs(batch.image_offsets, batch.text_offsets)
    if kind == "random":
        return torch.ones_like(rows, dtype=torch.bool)
    if kind == "adjacent":
        if len(batch.prior) != len(rows):
            raise ValueError("adjacent pairs need the layout prior, which the batch lacks: pack it with one")
        nearest = ragged.segment_max(batch.prior, rows, int(batch.image_offsets[-1]))
        return batch.prior >= nearest[rows]
    within = rows - batch.image_offsets[documents]
    evidence = [
        batch.link > 0 if len(batch.link) else torch.zeros_like(rows, dtype=torch.bool),
        batch.caption_of[columns] == within,
        batch.image_section[rows] == batch.text_section[columns],
    ]
    chosen = torch.zeros_like(rows, dtype=torch.bool)
    for known in evidence:
        settled = ragged.segment_sum(chosen.to(torch.int64), documents, len(batch)) > 0
        chosen = torch.where(settled[documents], chosen, known)
    return chosen


def choose_pairs(batch: TensorBatch, kind: PairKind, draw: int, per_document: int = 1) -> Pairs:
    """Draw up to `per_document` candidate pairs of each document, without replacement.

    What is drawn for a document depends on `draw` and the document alone: several workers draw what one
    would.

    Args:
        batch: documents.
        kind: which pairs are candidates.
        draw: seed of this step.
        per_document: how many.
    """
    rows, columns, documents = ragged.own_pairs(batch.image_offsets, batch.text_offsets)
    kept = candidates(batch, kind).nonzero()[:, 0]
    owner = documents[kept]
    within = kept - batch.prior_offsets[owner]
    order = torch.argsort(chance.uniform(draw, batch.keys[owner], within))
    order = order[torch.argsort(owner[order], stable=True)]
    kept, owner = kept[order], owner[order]
    starts = ragged.offsets_of(torch.bincount(owner, minlength=len(batch)))
    first = torch.arange(len(kept), device=kept.device) - starts[owner] < per_document
    kept = kept[first]
    return Pairs(rows[kept], columns[kept], documents[kept])


def clip_pairs(
    model: UnalignedModel,
    batch: TensorBatch,
    encoded: Encoded,
    settings: ClipPairs,
    draw: int,
    *,
    apart: Tensor | None = None,
    bias: Tensor | None = None,
) -> Loss:
    """Return this worker's share of CLIP's loss over the pairs of all workers, or with a bias of SigLIP's.

    Every worker must call it, also one without documents. Pairs of documents with one id are ignored. A pair
    without any negative takes no part and does not count. Neither the matrix of logits nor the vectors of all
    workers ever stand in memory.

    Args:
        model: its scale.
        batch: the local documents.
        encoded: the same documents, encoded.
        settings: which pairs.
        draw: seed of this step, the same on every worker.
        apart: int64 [B], ids of the documents; by default their keys, so that none is ignored but one's own.
        bias: of SigLIP's logits, learned.

    Returns:
        The share, with the term `clip` or `siglip`.
    """
    pairs = choose_pairs(batch, settings.kind, draw, settings.per_document)
    images, texts = encoded.images[pairs.images], encoded.texts[pairs.texts]
    groups = (encoded.keys if apart is None else apart)[pairs.documents]
    all_groups, counts = gather_rows(groups)
    first = sum(counts[: torch.distributed.get_rank()]) if len(counts) > 1 else 0
    taken = count_matches(groups, all_groups) < len(all_groups)
    own = torch.where(taken, first + torch.arange(len(groups), device=groups.device), -1)
    labels = Labels(own, own, groups[:, None], groups[:, None])
    if bias is None:
        share = infonce(images, texts, labels, model.scale)
        return Loss(share, {"clip": share.detach()})
    taking_part = max(total(taken.sum()), 1.0)
    share = sigmoid(images, texts, labels, model.scale, bias) * (len(all_groups) / taking_part)
    return Loss(share, {"siglip": share.detach()})


def clip_pairs_between(
    model: UnalignedModel,
    batch: TensorBatch,
    encoded: Encoded,
    settings: ClipPairs,
    draw: int,
    *,
    between: Counterparts,
    bias: Tensor | None = None,
) -> Loss:
    """Return the share of `clip_pairs` where no ids tell which documents are negatives.

    The vectors of all workers are gathered, and the logits of the local ones stand in memory.

    Args:
        model: its scale.
        batch: the local documents.
        encoded: the same documents, encoded.
        settings: which pairs.
        draw: seed of this step, the same on every worker.
        between: which documents are negatives.
        bias: of SigLIP's logits, learned.
    """
    pairs = choose_pairs(batch, settings.kind, draw, settings.per_document)
    images, texts = encoded.images[pairs.images], encoded.texts[pairs.texts]
    all_images, all_texts, counts = gather_both(images, texts)
    rank = torch.distributed.get_rank() if len(counts) > 1 else 0
    own = sum(counts[:rank]) + torch.arange(len(images), device=images.device)
    everything = torch.ones(len(all_images), dtype=torch.bool, device=images.device)
    all_documents, _ = gather_rows(between.own[pairs.documents])
    ignored = ~between.negatives[pairs.documents][:, all_documents]
    found = counterparts(own, everything, ignored)
    forth, back = images @ all_texts.T, texts @ all_images.T
    if bias is None:
        share = symmetric_infonce(forth, back, model.scale, found)
        return Loss(share, {"clip": share.detach()})
    share = bag_sigmoid(forth, model.scale, bias, found)
    return Loss(share, {"siglip": share.detach()})
