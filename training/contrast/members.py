"""Contrasts of single images and texts with all members of the other side, in blocks computed again."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.utils.checkpoint import checkpoint

from training import ragged
from training.contrast.counterparts import Counterparts
from training.encoded import Encoded
from training.precision import widened
from training.ragged import Sets

#: Products held at once: 4 MiB a copy in float32.
BLOCK_PAIRS = 1 << 20

#: (logits, own, negatives), each [n, N], of n anchors that have both -> their losses [n], or one for each own
#: candidate of theirs, anchor by anchor.
AnchorLoss = Callable[[Tensor, Tensor, Tensor], Tensor]


@dataclass(frozen=True)
class Sides:
    """The members of the documents of this worker, and of all workers."""

    local: Encoded
    whole: Encoded
    counterparts: Counterparts  # between documents

    @property
    def directions(self) -> tuple[tuple[Sets, Sets], tuple[Sets, Sets]]:
        """(local anchors, gathered candidates): images among texts, and texts among images."""
        return (
            (self.local.image_sets, self.whole.text_sets),
            (self.local.text_sets, self.whole.image_sets),
        )


def both_ways(of: Sides, scale: Tensor, anchor_loss: AnchorLoss, block_pairs: int = BLOCK_PAIRS) -> Tensor:
    """Return this worker's share of ½ (mean over images + mean over texts) of a loss of single anchors.

    Members of one document are averaged first, then the documents that take part: a long document counts as
    much as a short one.

    Args:
        of: the members.
        scale: of the logits.
        anchor_loss: the loss.
        block_pairs: most products held at once, as long as one anchor fits; recomputed for the gradient.
    """
    share = scale.new_zeros(())
    for anchors, candidates in of.directions:
        losses, ids = anchor_losses(anchors, candidates, of.counterparts, (scale, anchor_loss), block_pairs)
        share = share + ragged.segment_mean(losses, ids, len(anchors)).sum()
    return share / (2 * of.counterparts.count)


def anchor_losses(
    anchors: Sets,
    candidates: Sets,
    counterparts: Counterparts,
    logits_loss: tuple[Tensor, AnchorLoss],
    block_pairs: int,
) -> tuple[Tensor, Tensor]:
    """Return the losses of the anchors whose document takes part, and their documents, int64 [n].

    Args:
        anchors: local members.
        candidates: gathered members of the other side.
        counterparts: between documents.
        logits_loss: scale of the logits, and the loss of an anchor.
        block_pairs: most products held at once, as long as one anchor fits.
    """
    scale, anchor_loss = logits_loss
    ids = ragged.segment_ids(anchors.offsets)
    kept = counterparts.taken[ids].nonzero()[:, 0]
    ids, candidate_ids = ids[kept], ragged.segment_ids(candidates.offsets)
    with torch.autocast(anchors.vectors.device.type, enabled=False):
        rows, columns = widened(anchors.vectors)[kept], widened(candidates.vectors)

        def block(part: Tensor, part_ids: Tensor, columns: Tensor, scale: Tensor) -> Tensor:
            own = counterparts.own[part_ids][:, None] == candidate_ids
            negatives = counterparts.negatives[part_ids][:, candidate_ids]
            return anchor_loss(scale * (part @ columns.T), own, negatives)

        step = max(block_pairs // max(len(columns), 1), 1)
        losses = [rows.new_zeros(0) + 0.0 * (rows.sum() + columns.sum())]
        for part, part_ids in zip(torch.split(rows, step), torch.split(ids, step), strict=True):
            if len(part):
                loss: Tensor = checkpoint(block, part, part_ids, columns, scale, use_reentrant=False)
                losses.append(loss)
    return torch.cat(losses), ids
