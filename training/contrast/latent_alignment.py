"""Latent alignment: some member of one's own document explains each member, and which one is summed out.

    p(i | j) = exp(scale s_ij) / (exp(scale s_ij) + Σ_negatives i' exp(scale s_i'j))
    loss of i = -log Σ_{j own} w_ij p(i | j)

w sums to one: 1/size, or the layout prior. It is the mixture of Brown et al. 1993, "The Mathematics of
Statistical Machine Translation" (models 1 and 2), where a word is told by one of the words of the other
sentence; p is CLIP's posterior of a pair. MIL-NCE sums before it divides: there a text that says little but
the topic, and so is near to every image of the topic, takes part like any other. Here such a text explains
nothing, for its own posterior is spread over the negatives.
"""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn.functional import logsigmoid

from training import ragged
from training.contrast.members import BLOCK_PAIRS, Sides, anchor_losses
from training.similarity.layout import OwnWeights


def latent_alignment(
    of: Sides, scale: Tensor, block_pairs: int = BLOCK_PAIRS, weights: OwnWeights | None = None
) -> Tensor:
    """Return this worker's share of ½ (mean over images + mean over texts).

    Members of one document are averaged first, as in `members.both_ways`.

    Args:
        of: the members.
        scale: of the logits.
        block_pairs: most products held at once, as long as one member fits; recomputed for the gradient.
        weights: the layout of the local documents; None weighs all pairs of a document alike.
    """
    share = scale.new_zeros(())
    taken = of.counterparts.taken
    told_sides = of.local.text_sets, of.local.image_sets
    for number, ((given, candidates), told) in enumerate(zip(of.directions, told_sides, strict=True)):
        posterior, _ = anchor_losses(
            given, candidates, of.counterparts, (scale, _own_log_posterior), block_pairs
        )
        givens, members, documents = ragged.own_pairs(given.offsets, told.offsets)
        kept = taken[documents]
        if weights is not None:
            relative = weights.over_rows
            if number == 1:
                relative = weights.over_columns[_turned(given.offsets, told.offsets, givens, members)]
            posterior = posterior + relative[kept].to(posterior.dtype)
        ids = ragged.segment_ids(told.offsets)
        likelihood = ragged.segment_logsumexp(posterior, members[kept], len(ids))
        choices = ragged.lengths(given.offsets).clamp(min=1).to(likelihood.dtype).log()
        losses = ragged.segment_mean(choices[ids] - likelihood, ids, len(told))
        share = share + losses[taken].sum()
    return share / (2 * of.counterparts.count)


def guessing(of: Sides) -> Tensor:
    """Return this worker's share of the loss of vectors that are all alike, a scalar without gradient."""
    counterparts = of.counterparts
    share = torch.zeros((), device=counterparts.own.device)
    for _, candidates in of.directions:
        sizes = ragged.lengths(candidates.offsets).to(share.dtype)
        against = counterparts.negatives.to(share.dtype) @ sizes
        share = share + torch.log1p(against)[counterparts.taken].sum()
    return share / (2 * counterparts.count)


def _own_log_posterior(logits: Tensor, own: Tensor, negatives: Tensor) -> Tensor:
    """Return log p of each own member given each anchor, flat, anchor by anchor."""
    others = torch.where(negatives, logits, -torch.inf).logsumexp(1, keepdim=True)
    return logsigmoid(logits - others)[own]


def _turned(text_offsets: Tensor, image_offsets: Tensor, texts: Tensor, images: Tensor) -> Tensor:
    """Return where pairs that are listed text by text stand in the order of a prior, image by image."""
    document = ragged.segment_ids(text_offsets)[texts]
    wide = ragged.lengths(text_offsets)[document]
    first = ragged.pair_offsets(image_offsets, text_offsets)[document]
    return first + (images - image_offsets[document]) * wide + texts - text_offsets[document]
