"""Late interaction of tokens (Khattab and Zaharia 2020, ColBERT; Yao et al. 2022, FILIP), in sets of units.

A unit is a run of token vectors: the patches and tiles of an image, the words of a text. Two units are as
alike as their tokens' best partners are (MaxSim), averaged over the tokens and over both directions, so that
units of different grain and length compare:

    s(u, v) = ½ [ mean_p max_q u_p · v_q  +  mean_q max_p u_p · v_q ]

Any form that cosines decide then compares the two sets of units by s.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor
from torch.utils.checkpoint import checkpoint

from training import ragged
from training.ragged import Sets
from training.similarity.base import CosineForm, SetSimilarity
from training.similarity.blockwise import BLOCK_PAIRS, Block, blocks
from training.similarity.chamfer import Chamfer
from training.similarity.layout import Own


@dataclass(frozen=True)
class UnitSets:
    """B sets of units, each unit a run of tokens. A unit without tokens is neutral."""

    tokens: Sets  # unit vectors [Σ tokens, d], and where each unit's run begins, int64 [units + 1]
    offsets: Tensor  # int64 [B+1], of the units

    def __len__(self) -> int:
        return len(self.offsets) - 1

    @property
    def held(self) -> Tensor:
        """Which sets are not empty, bool [B]."""
        return ragged.lengths(self.offsets) > 0

    def run(self, start: int, stop: int) -> Sets:
        """Return the tokens of the units [start, stop)."""
        begins = self.tokens.offsets[start : stop + 1]
        return Sets(self.tokens.vectors[begins[0] : begins[-1]], begins - begins[0])


class LateInteraction(SetSimilarity):
    """Compares sets of units by a form over the MaxSim of their tokens.

    Args:
        form: of the similarity between two sets, given the similarities of their units.
    """

    def __init__(self, form: CosineForm) -> None:
        super().__init__()
        self.form = form

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
        # A block holds the products of its units beside those of its tokens, which are cut once more.
        most_rows = block_pairs // max(len(columns.tokens), 1)
        parts = [rows.tokens.vectors.new_zeros(0, len(columns))]
        for block in blocks(rows.offsets, columns.offsets, own, most_rows):
            tokens = rows.run(block.start, block.stop)
            part: Tensor = checkpoint(
                self._block,
                tokens,
                columns.tokens,
                block,
                block_pairs,
                self.form.inputs(scale),
                use_reentrant=False,
            )
            parts.append(part)
        return torch.where(rows.held[:, None] & columns.held, torch.cat(parts), 0.0)

    def _block(
        self, tokens: Sets, others: Sets, block: Block, block_pairs: int, inputs: tuple[Tensor, ...]
    ) -> Tensor:
        return self.form.reduce(Chamfer()(tokens, others, block_pairs=block_pairs), block, *inputs)


def _units(sets: Sets | UnitSets) -> UnitSets:
    if isinstance(sets, UnitSets):
        return sets
    count = len(sets.vectors)
    return UnitSets(Sets(sets.vectors, torch.arange(count + 1, device=sets.vectors.device)), sets.offsets)
