"""Late interaction of tokens (Khattab and Zaharia 2020, ColBERT; Yao et al. 2022, FILIP), in sets of units.

A unit is a run of token vectors: the patches and tiles of an image, the words of a text. Two units are as
alike as their tokens' best partners are (MaxSim), averaged over the tokens and over both directions, so that
units of different grain and length compare:

    s(u, v) = ½ [ mean_p max_q u_p · v_q  +  mean_q max_p u_p · v_q ]

Tokens may be of several scales: of an image the whole, its tiles and its patches, of a text its section, its
sentences and its words. Taken apart, each scale a of one side is matched with each scale b of the other,

    s(u, v) = Σ_ab w_ab s(u_a, v_b) / Σ_ab w_ab    over the scales that both units have,

with learned weights w: what is said at one grain need not be shown at it.

Any form that cosines decide then compares the two sets of units by s.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.utils.checkpoint import checkpoint

from training import ragged
from training.encoders.token_settings import IMAGE_SCALES, TEXT_SCALES
from training.ragged import Sets
from training.similarity.base import CosineForm, SetSimilarity
from training.similarity.blockwise import BLOCK_PAIRS, Block, blocks
from training.similarity.chamfer import Chamfer
from training.similarity.layout import Own
from training.unit_tokens import UnitTokens, at_scale

#: How much faster than other parameters the weights of scales move: a run has but hundreds of steps.
_PACE = 10.0


@dataclass(frozen=True)
class UnitSets:
    """B sets of units, each unit a run of tokens. A unit without tokens is neutral."""

    tokens: Sets  # unit vectors [Σ tokens, d], and where each unit's run begins, int64 [units + 1]
    offsets: Tensor  # int64 [B+1], of the units
    scales: Tensor | None = None  # int64 [Σ tokens], see `UnitTokens`; None is the first for all

    def __len__(self) -> int:
        return len(self.offsets) - 1

    @property
    def held(self) -> Tensor:
        """Which sets are not empty, bool [B]."""
        return ragged.lengths(self.offsets) > 0

    def apart(self) -> list[tuple[int, Sets]]:
        """Return the tokens of all units scale by scale, those that there are; without any the first."""
        if self.scales is None or not len(self.scales):
            return [(0, self.tokens)]
        tokens = UnitTokens(self.tokens.vectors, self.tokens.offsets, self.scales)
        found = [(scale, at_scale(tokens, scale)) for scale in torch.unique(self.scales).tolist()]
        return [(scale, Sets(part.vectors, part.offsets)) for scale, part in found]


class ScaleWeights(nn.Module):
    """How much each scale of images counts with each scale of texts: a softmax, the same for all at first."""

    def __init__(self) -> None:
        super().__init__()
        self.logits = nn.Parameter(torch.zeros(len(IMAGE_SCALES), len(TEXT_SCALES)))

    def forward(self) -> Tensor:
        """Return the weights, [image scales, text scales], which sum to one."""
        return (_PACE * self.logits).flatten().softmax(0).view_as(self.logits)


class LateInteraction(SetSimilarity):
    """Compares sets of units by a form over the MaxSim of their tokens.

    Args:
        form: of the similarity between two sets, given the similarities of their units.
        weights: match scales apart; None matches all tokens of a unit at once.
    """

    def __init__(self, form: CosineForm, weights: ScaleWeights | None = None) -> None:
        super().__init__()
        self.form = form
        self.weights = weights

    def forward(
        self,
        images: Sets | UnitSets,
        texts: Sets | UnitSets,
        own: Own | None = None,
        *,
        scale: Tensor | None = None,
        block_pairs: int = BLOCK_PAIRS,
    ) -> Tensor:
        """Return the similarities [B, C]; see `SetSimilarity.forward`.

        Args:
            images: sets of units; of plain vectors each is a unit of one token.
            texts: as the images.
            own: as there, the layout's pairs being pairs of units.
            scale: as there.
            block_pairs: most products of tokens held at once, as long as one set of images fits.
        """
        rows, columns = _units(images), _units(texts)
        weights = None if self.weights is None else self.weights()
        of_rows = [(0, rows.tokens)] if weights is None else rows.apart()
        of_columns = [(0, columns.tokens)] if weights is None else columns.apart()
        # A block holds the products of its units beside those of its tokens, which are cut once more.
        most_rows = block_pairs // max(len(columns.tokens) * len(of_rows) * len(of_columns), 1)
        parts = [rows.tokens.vectors.new_zeros(0, len(columns))]
        for block in blocks(rows.offsets, columns.offsets, own, most_rows):
            tokens = [(scale, _run(of_scale, block.start, block.stop)) for scale, of_scale in of_rows]
            part: Tensor = checkpoint(
                self._block,
                _Scales(tokens, of_columns, block_pairs),
                weights,
                block,
                self.form.inputs(scale),
                use_reentrant=False,
            )
            parts.append(part)
        return torch.where(rows.held[:, None] & columns.held, torch.cat(parts), 0.0)

    def _block(
        self, scales: _Scales, weights: Tensor | None, block: Block, inputs: tuple[Tensor, ...]
    ) -> Tensor:
        return self.form.reduce(scales.similarities(weights), block, *inputs)


@dataclass(frozen=True)
class _Scales:
    """The tokens of some units and of all units of the other side, scale by scale."""

    tokens: list[tuple[int, Sets]]
    others: list[tuple[int, Sets]]
    block_pairs: int

    def similarities(self, weights: Tensor | None) -> Tensor:
        """Return the weighted mean of MaxSim over the scales that both units have, [units, other units]."""
        total, weight = [], []
        for scale, own in self.tokens:
            for other_scale, other in self.others:
                # Where one of the units has nothing of its scale, the similarity is zero.
                similarity = Chamfer()(own, other, block_pairs=self.block_pairs)
                if weights is None:
                    return similarity
                share = weights[scale, other_scale].to(similarity.dtype)
                total.append(share * similarity)
                weight.append(share * (own.held[:, None] & other.held))
        whole = torch.stack(weight).sum(0)
        return torch.stack(total).sum(0) / torch.where(whole > 0, whole, 1.0)


def _run(sets: Sets, start: int, stop: int) -> Sets:
    begins = sets.offsets[start : stop + 1]
    return Sets(sets.vectors[begins[0] : begins[-1]], begins - begins[0])


def _units(sets: Sets | UnitSets) -> UnitSets:
    if isinstance(sets, UnitSets):
        return sets
    count = len(sets.vectors)
    return UnitSets(Sets(sets.vectors, torch.arange(count + 1, device=sets.vectors.device)), sets.offsets)
