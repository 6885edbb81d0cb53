"""Self-assignment: the model says which text an image belongs to, and trains on what it is sure of.

A snapshot of the model, taken when a round begins, gives each image of a document a posterior over its texts
and over none of them:

    p_ij = exp(κ z_ij) / (exp(κ m) + Σ_j exp(κ z_ij)),   z the doubly centred cosines of the document

Pairs above a confidence become the positives of CLIP's loss. Every other text stands against an image, those
of its own document too, which is where it is told from its neighbours.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from storage.errors import LooseleafError
from training import ragged
from training.contrast.counterparts import Counterparts
from training.encoded import Encoded, Gathered
from training.gather import total
from training.objectives.settings import SelfAssignmentSettings
from training.objectives.within import doubly_centred, own_cosines, own_pairs
from training.precision import widened


@dataclass(frozen=True)
class Assigned:
    """Pairs that the snapshot is sure of; an image stands in at most one."""

    images: Tensor  # int64 [K], rows of the local batch
    texts: Tensor  # int64 [K]
    documents: Tensor  # int64 [K]


def round_starts(settings: SelfAssignmentSettings, steps: int) -> list[int]:
    """Return the steps before which a snapshot is taken, ascending."""
    rest = 1 - settings.warmup
    return [
        int(steps * (settings.warmup + rest * number / settings.rounds)) for number in range(settings.rounds)
    ]


def assign(snapshot: Encoded, settings: SelfAssignmentSettings) -> Assigned:
    """Return the pairs whose posterior reaches the confidence.

    The only pair of a document with one image and one text is taken as it is.

    Args:
        snapshot: the documents, encoded by the snapshot.
        settings: how sure is sure.

    Raises:
        LooseleafError: if the snapshot's vectors are not finite.
    """
    pairs = own_pairs(snapshot)
    cosines = own_cosines(snapshot, pairs).detach()
    if not cosines.isfinite().all():
        raise LooseleafError(
            "The snapshot that assigns images to texts gives vectors that are not finite; lower optimizer.lr."
        )
    logits = settings.sharpness * doubly_centred(cosines, pairs)
    images = int(snapshot.image_offsets[-1])
    null = logits.new_tensor(settings.sharpness * settings.null_margin)
    every = torch.logaddexp(ragged.segment_logsumexp(logits, pairs.rows, images, -torch.inf), null)
    posterior = (logits - every[pairs.rows]).exp()
    alone = (pairs.image_counts == 1) & (pairs.text_counts == 1)
    sure = ((posterior >= settings.confidence) | alone).nonzero()[:, 0]
    return Assigned(pairs.rows[sure], pairs.columns[sure], pairs.documents[sure])


def assigned_infonce(
    local: Encoded, gathered: Gathered, found: Counterparts, assigned: Assigned, scale: Tensor
) -> Tensor:
    """Return this worker's share of CLIP's loss over the assigned pairs; every worker must call it.

    An image stands against all texts of its own document and of negative documents. A text stands against
    their images likewise, but for those that are assigned to it too.

    Args:
        local: the documents.
        gathered: the documents of all workers.
        found: which documents are negatives of each other.
        assigned: the pairs.
        scale: of the logits.
    """
    whole = gathered.encoded
    text_start, image_start = whole.text_offsets[gathered.first], whole.image_offsets[gathered.first]
    allowed = (found.is_own | found.negatives)[assigned.documents]
    images, texts = widened(local.images)[assigned.images], widened(local.texts)[assigned.texts]
    forth = scale * (images @ widened(whole.texts).T)
    over_texts = _cross_entropy(
        forth, allowed[:, ragged.segment_ids(whole.text_offsets)], text_start + assigned.texts
    )
    back = scale * (texts @ widened(whole.images).T)
    among = allowed[:, ragged.segment_ids(whole.image_offsets)]
    same_text = assigned.texts[:, None] == assigned.texts
    pair, other = (same_text & ~torch.eye(len(images), dtype=torch.bool, device=images.device)).nonzero().T
    among[pair, image_start + assigned.images[other]] = False
    over_images = _cross_entropy(back, among, image_start + assigned.images)
    count = total(torch.tensor(float(len(images)), device=images.device))
    return (over_texts + over_images).sum() / (2 * max(count, 1.0))


def _cross_entropy(logits: Tensor, allowed: Tensor, true: Tensor) -> Tensor:
    every = torch.where(allowed, logits, -torch.inf).logsumexp(1)
    return every - logits.gather(1, true[:, None])[:, 0]
