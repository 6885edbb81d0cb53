# ruff: noqa: ARG002 - all forms have one signature
"""Text-conditioned routing: each text gathers from a set of images what it asks for, or nothing (null).

    p_j = Σ_i softmax_i(t_j W v_i / τ) v_i,  the softmax also over a null slot with its own key and value
    score(images, texts) = mean_j cos(p_j, t_j)

The null's value starts at zero, so that with one image and one text the score is their cosine; it learns
where texts that no image shows should point, and so takes them out of the contrast.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.utils.checkpoint import checkpoint

from training import ragged
from training.ragged import Sets
from training.similarity.base import SetSimilarity
from training.similarity.blockwise import BLOCK_PAIRS, blocks
from training.similarity.layout import Own

#: Images of one block: their products with each other are held too, and mostly cross sets for nothing.
_MOST_IMAGES = 256


class Routing(SetSimilarity):
    """The similarity and its parameters.

    The layout is not looked at: the router itself finds out what belongs together.

    Args:
        width: d of the joint space.
        temperature: τ, above 0.
    """

    def __init__(self, width: int, temperature: float = 0.1) -> None:
        super().__init__()
        if temperature <= 0:
            raise ValueError(f"temperature is {temperature}: it must be above 0")
        self.temperature = temperature
        self.ask = nn.Parameter(torch.eye(width))
        self.null_key = nn.Parameter(torch.zeros(width))
        self.null_bias = nn.Parameter(torch.zeros(()))
        self.null_value = nn.Parameter(torch.zeros(width))

    def queries(self, texts: Tensor) -> tuple[Tensor, Tensor]:
        """Return what each text asks an image, [N, d], and its logit for the null slot, [N]."""
        return texts @ self.ask / self.temperature, texts @ self.null_key / self.temperature + self.null_bias

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

        No routed vector is ever formed: its product with the text and its length come from the products of
        images with texts and of the images of one set with each other.
        """
        wide = torch.promote_types(images.vectors.dtype, torch.float32)
        with torch.autocast(images.vectors.device.type, enabled=False):
            vectors, words = images.vectors.to(wide), texts.vectors.to(wide)
            asked, null_logits = self.queries(words)
            rows = min(block_pairs // max(len(words), 1), _MOST_IMAGES)
            parts = [vectors.new_zeros(0, len(texts))]
            whole = blocks(images.offsets, texts.offsets, None, rows)
            for block in whole:
                held = Sets(vectors[block.start : block.stop], block.row_offsets)
                told = held, words, asked, null_logits, self.null_value
                # What fits into one block is kept for the gradient: to compute it again takes a third longer.
                cosines: Tensor = (
                    _block_cosines(*told)
                    if len(whole) == 1
                    else checkpoint(_block_cosines, *told, use_reentrant=False)
                )
                of_texts = cosines.T.contiguous()
                parts.append(ragged.segment_mean(of_texts, block.column_ids, len(texts)).T)
            return torch.where(images.held[:, None] & texts.held, torch.cat(parts), 0.0)


def _block_cosines(
    images: Sets, texts: Tensor, asked: Tensor, null_logits: Tensor, null_value: Tensor
) -> Tensor:
    """cos(p_j, t_j) of each set of images in the block with each text: [sets, N]."""
    vectors, ids, sets = images.vectors, ragged.segment_ids(images.offsets), len(images)
    weights, null = _attention(vectors @ asked.T, ids, sets, null_logits)
    products = torch.where(ids[:, None] == ids, vectors @ vectors.T, 0.0)
    along = ragged.segment_sum(weights * (vectors @ texts.T), ids, sets) + null * (texts @ null_value)
    square = ragged.segment_sum(weights * (products @ weights), ids, sets)
    square = square + 2 * null * ragged.segment_sum(weights * (vectors @ null_value)[:, None], ids, sets)
    square = square + null.square() * null_value.square().sum()
    return along * square.clamp(min=1e-16).rsqrt()


def _attention(logits: Tensor, ids: Tensor, sets: int, null_logits: Tensor) -> tuple[Tensor, Tensor]:
    """Softmax over each set of rows and the null: weights [n, N] and the null's share [sets, N]."""
    top = torch.maximum(ragged.segment_max(logits, ids, sets), null_logits.detach())
    members = torch.exp(logits - top.index_select(0, ids))
    null = torch.exp(null_logits - top)
    total = ragged.segment_sum(members, ids, sets) + null
    return members / total.index_select(0, ids), null / total


@dataclass(frozen=True)
class Routes:
    """How each text spreads its attention over the images of its own document."""

    attention: Tensor  # [Σ M_b N_b], images' shares, in the order of `ragged.own_pairs` (images by texts)
    null: Tensor  # [ΣN], the share of the null slot; 1 for a text of a document without images


def route_within(router: Routing, images: Sets, texts: Sets, *, block_pairs: int = BLOCK_PAIRS) -> Routes:
    """Return the routing of each document's texts over its own images; shares and null sum to one per text.

    Args:
        router: the parameters.
        images: unit vectors of B documents.
        texts: unit vectors of the same documents.
        block_pairs: most numbers of gathered vectors held at once.
    """
    rows, columns, _ = ragged.own_pairs(images.offsets, texts.offsets)
    asked, null_logits = router.queries(texts.vectors)
    step = max(block_pairs // images.vectors.shape[-1], 1)
    pieces = zip(torch.split(rows, step), torch.split(columns, step), strict=True)
    logits = torch.cat([(images.vectors[row] * asked[column]).sum(-1) for row, column in pieces])
    top = torch.maximum(ragged.segment_max(logits, columns, len(asked)), null_logits.detach())
    members = torch.exp(logits - top[columns])
    null = torch.exp(null_logits - top)
    total = ragged.segment_sum(members, columns, len(asked)) + null
    return Routes(members / total[columns], null / total)
