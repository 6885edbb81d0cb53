# ruff: noqa: ARG002 - all forms have one signature
"""Entropic transport between two sets with a dustbin on either side, for members that have no partner.

Each member has mass 1 and each dustbin as much as the other side, as in SuperGlue (Sarlin et al. 2020,
section 3.2). With cosines s, the dustbins' score z and the entropy's weight ε the plan P maximises

    Σ P s + z (mass in the dustbins) + ε H(P),   and   Sim(A, B) = Σ_ij P_ij s_ij / Σ_ij P_ij

over the pairs proper. A pair is matched where its cosine is above z; z learns. Since the score is a weighted
mean of cosines, one image and one text give their cosine whatever z is. As ε and z fall it tends to the
optimal matching. The layout weighs the plan of one's own document: ε log w is added to its cosines.

Sinkhorn's iterations (Cuturi 2013) run in the log domain, a fixed number of times. The mass of every text is
then exact; that of an image is off by an amount that falls at least as 1 / (ε · iterations) (Altschuler, Weed
and Rigollet 2017), and was below 0.03 of its 1 with the defaults on random vectors of width 4, whose cosines
spread widely. A small ε needs more iterations: 400 at 0.02. The score is a weighted mean of cosines at any
point.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from training import ragged
from training.ragged import Sets
from training.similarity.base import CosineForm
from training.similarity.blockwise import BLOCK_PAIRS, Block
from training.similarity.layout import Own

#: In place of the log of an empty sum: finite, so that gradients are.
_NOTHING = -1e30


class Sinkhorn(CosineForm):
    """The similarity and the score of its dustbins, which it learns.

    Args:
        epsilon: ε, weight of the entropy, in units of cosine.
        dustbin: z at the start, in units of cosine.
        iterations: of both sides; the gradient passes through all of them.

    Raises:
        ValueError: if `epsilon` is not above 0, or `iterations` is below 1.
    """

    def __init__(self, epsilon: float = 0.1, dustbin: float = 0.0, iterations: int = 20) -> None:
        super().__init__()
        if epsilon <= 0 or iterations < 1:
            raise ValueError(f"epsilon is {epsilon} and iterations {iterations}: both must be above 0")
        self.epsilon = epsilon
        self.iterations = iterations
        self.dustbin = nn.Parameter(torch.tensor(dustbin))

    def inputs(self, scale: Tensor | None) -> tuple[Tensor, ...]:
        """Return the dustbins' score."""
        return (self.dustbin,)

    def forward(
        self,
        images: Sets,
        texts: Sets,
        own: Own | None = None,
        *,
        scale: Tensor | None = None,
        block_pairs: int = BLOCK_PAIRS,
    ) -> Tensor:
        """Return the similarities [B, C]; see `SetSimilarity.forward`.

        The gradient holds each iteration of a block, so that blocks are smaller by as much.
        """
        return super().forward(
            images, texts, own, scale=scale, block_pairs=max(block_pairs // self.iterations, 1)
        )

    def reduce(self, cosines: Tensor, block: Block, *inputs: Tensor) -> Tensor:
        """Return the block's similarities; see `CosineForm.reduce`."""
        plan = self.log_plan(cosines, block, inputs[0])
        top = _over_pairs(plan.detach(), block, ragged.segment_max)
        spread_top = top.index_select(0, block.row_ids).index_select(1, block.column_ids)
        weights = torch.exp(plan - spread_top)
        total = _over_pairs(weights, block, ragged.segment_sum)
        return _over_pairs(weights * cosines, block, ragged.segment_sum) / torch.where(total != 0, total, 1.0)

    def log_plan(self, cosines: Tensor, block: Block, dustbin: Tensor) -> Tensor:
        """Return log P of a block, [rows, columns], without the dustbins."""
        logits = cosines / self.epsilon
        if block.own is not None:
            place = (block.own.rows, block.own.columns)
            logits = logits.index_put(place, block.own.over_pairs.to(logits.dtype), accumulate=True)
        turned = logits.T.contiguous()
        bin_logit = dustbin.to(logits.dtype) / self.epsilon
        row_mass, column_mass = block.row_sizes(cosines).log(), block.column_sizes(cosines).log()
        rows = logits.new_zeros(len(logits), block.column_sets)
        row_bin = logits.new_zeros(block.sets, block.column_sets)
        columns = logits
        for _ in range(self.iterations):
            into = ragged.segment_logsumexp(
                logits + rows.index_select(1, block.column_ids), block.row_ids, block.sets, _NOTHING
            )
            columns = -torch.logaddexp(into, bin_logit + row_bin.index_select(1, block.column_ids))
            into = ragged.segment_logsumexp(rows, block.row_ids, block.sets, _NOTHING)
            column_bin = row_mass - bin_logit - torch.logaddexp(into, row_bin)
            out_of = ragged.segment_logsumexp(
                turned + columns.T.index_select(1, block.row_ids),
                block.column_ids,
                block.column_sets,
                _NOTHING,
            )
            rows = -torch.logaddexp(out_of.T, bin_logit + column_bin.index_select(0, block.row_ids))
            out_of = ragged.segment_logsumexp(
                columns.T.contiguous(), block.column_ids, block.column_sets, _NOTHING
            )
            row_bin = column_mass - bin_logit - torch.logaddexp(out_of.T, column_bin)
        into = ragged.segment_logsumexp(
            logits + rows.index_select(1, block.column_ids), block.row_ids, block.sets, _NOTHING
        )
        columns = -torch.logaddexp(into, bin_logit + row_bin.index_select(1, block.column_ids))
        return logits + rows.index_select(1, block.column_ids) + columns.index_select(0, block.row_ids)


def _over_pairs(values: Tensor, block: Block, reduce: ragged.SegmentReduction) -> Tensor:
    """Reduce [rows, columns] over all pairs of two sets: [row sets, column sets]."""
    per_row_set = reduce(values, block.row_ids, block.sets)
    return reduce(per_row_set.T.contiguous(), block.column_ids, block.column_sets).T
