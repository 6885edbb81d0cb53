"""Tokens of images and texts at several scales, pooled from one pass of their encoder.

Of an image: the cells of the last feature map (patches) and the means over its quarters (tiles), whose mean
over all cells is the vector of the whole. Of a text: means over the token states of its words and of its
sentences, as its whole is the mean over all of them; each knows its context (late chunking: Guenther et al.
2024, arXiv:2409.04701).
"""

from __future__ import annotations

from collections.abc import Iterable

import torch
from torch import Tensor

from training import ragged
from training.encoders.spans import Spans
from training.encoders.token_settings import IMAGE_SCALES, TEXT_SCALES, ImageScale, TextScale
from training.unit_tokens import UnitTokens, merged


def image_tokens(maps: Tensor, scales: Iterable[ImageScale]) -> UnitTokens:
    """Return the tokens of images, not normalised.

    Args:
        maps: last feature maps, [n, width, rows, columns].
        scales: tiles, patches or both.
    """
    parts = []
    for scale in scales:
        cells = maps if scale == "patches" else torch.nn.functional.adaptive_avg_pool2d(maps, 2)
        each = cells.shape[2] * cells.shape[3]
        vectors = cells.flatten(2).transpose(1, 2).reshape(-1, maps.shape[1])
        offsets = each * torch.arange(len(maps) + 1, device=maps.device)
        places = torch.full((len(vectors),), IMAGE_SCALES.index(scale), device=maps.device)
        parts.append(UnitTokens(vectors, offsets, places))
    return merged(parts)


def text_tokens(states: Tensor, offsets: Tensor, spans: Spans, scales: Iterable[TextScale]) -> UnitTokens:
    """Return the tokens of texts, of unit length.

    Args:
        states: a vector for each piece of a word, [Σ pieces, width].
        offsets: where each text's pieces begin, int64 [n+1].
        spans: the sentence and the word of each piece.
        scales: sentences, words or both.
    """
    parts = []
    for scale in scales:
        ids = spans.sentences if scale == "sentences" else spans.words
        rows = torch.nonzero(ids >= 0)[:, 0]
        owner = ragged.segment_ids(offsets)[rows]
        found, group = torch.unique(torch.stack([owner, ids[rows]], dim=1), dim=0, return_inverse=True)
        means = ragged.segment_mean(states[rows], group, len(found))
        sizes = torch.bincount(found[:, 0], minlength=len(offsets) - 1)
        places = torch.full((len(found),), TEXT_SCALES.index(scale), device=states.device)
        parts.append(UnitTokens(ragged.unit(means), ragged.offsets_of(sizes), places))
    return merged(parts)
