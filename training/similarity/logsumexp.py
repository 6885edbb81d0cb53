"""Log-sum-exp over all pairs of two sets, the similarity of MIL-NCE (Miech et al. 2020).

    Sim(A, B) = (1/c) log Σ_ij w_ij exp(c s_ij)

with the model's own scale c, so that InfoNCE at that scale contrasts sums of exp(c s_ij). w is 1, or the
layout within one's own document with mean 1. As in the paper a document gains by its length, up to
log(M N) / c; smooth-Chamfer is the form in which it does not.
"""

from __future__ import annotations

from torch import Tensor

from training import ragged
from training.similarity.base import CosineForm
from training.similarity.blockwise import Block


class LogSumExp(CosineForm):
    """The similarity; its `forward` needs the scale of the model's logits."""

    def inputs(self, scale: Tensor | None) -> tuple[Tensor, ...]:
        """Return the scale.

        Raises:
            ValueError: if it is not given.
        """
        if scale is None:
            raise ValueError("log-sum-exp needs the scale of the model's logits: give it as `scale`")
        return (scale,)

    def reduce(self, cosines: Tensor, block: Block, *inputs: Tensor) -> Tensor:
        """Return the block's similarities; see `CosineForm.reduce`."""
        (scale,) = inputs
        logits = cosines * scale
        if block.own is not None:
            place = (block.own.rows, block.own.columns)
            logits = logits.index_put(place, block.own.over_pairs.to(logits.dtype), accumulate=True)
        per_row_set = ragged.segment_logsumexp(logits, block.row_ids, block.sets)
        over_pairs = ragged.segment_logsumexp(per_row_set.T.contiguous(), block.column_ids, block.column_sets)
        return over_pairs.T / scale
