"""A draw of some images and texts of each document, the same on every worker and after every restart."""

from __future__ import annotations

from dataclasses import dataclass, replace

import torch
from torch import Tensor

from training import chance, ragged
from training.batch import TensorBatch


@dataclass(frozen=True)
class Sample:
    """A smaller batch and which rows of the larger one it holds."""

    batch: TensorBatch
    image_rows: Tensor  # int64 [ΣM']
    text_rows: Tensor  # int64 [ΣN']


def sample_members(batch: TensorBatch, max_images: int, max_texts: int, draw: int) -> Sample:
    """Keep at most `max_images` images and `max_texts` texts of each document, in their order.

    What is drawn depends on `draw`, the document and the place within it alone. The prior is scaled so that
    each image's row sums to one again; where only zeros are left it stays zero, which counts as uniform.

    Args:
        batch: locked features; inputs of trained encoders are to be added afterwards.
        max_images: of one document.
        max_texts: of one document.
        draw: seed of the step or the epoch.
    """
    image_rows = _kept_rows(batch.image_offsets, batch.keys, max_images, draw)
    text_rows = _kept_rows(batch.text_offsets, batch.keys, max_texts, draw ^ 1)
    if len(image_rows) == len(batch.image_section) and len(text_rows) == len(batch.text_section):
        return Sample(batch, image_rows, text_rows)
    image_offsets = _new_offsets(batch.image_offsets, image_rows)
    text_offsets = _new_offsets(batch.text_offsets, text_rows)
    pairs = _kept_pairs(batch, image_rows, text_rows)
    prior = batch.prior
    if len(prior):
        rows, _, _ = ragged.own_pairs(image_offsets, text_offsets)
        prior = prior[pairs]
        sums = ragged.segment_sum(prior, rows, len(image_rows))[rows]
        prior = prior / torch.where(sums > 0, sums, 1.0)
    smaller = replace(
        batch,
        image_offsets=image_offsets,
        text_offsets=text_offsets,
        pixels=batch.pixels[image_rows],
        words=batch.words[image_rows],
        texts=batch.texts[text_rows],
        prior=prior,
        prior_offsets=ragged.pair_offsets(image_offsets, text_offsets),
        link=batch.link[pairs] if len(batch.link) else batch.link,
        image_section=batch.image_section[image_rows],
        text_section=batch.text_section[text_rows],
        caption_of=_new_caption_of(batch, image_rows, image_offsets, text_rows),
    )
    return Sample(smaller, image_rows, text_rows)


def _kept_rows(offsets: Tensor, keys: Tensor, limit: int, draw: int) -> Tensor:
    owner = ragged.segment_ids(offsets)
    within = torch.arange(len(owner)) - offsets[owner]
    if not (within >= limit).any():
        return torch.arange(len(owner))
    order = torch.argsort(chance.uniform(draw, keys[owner], within))
    order = order[torch.argsort(owner[order], stable=True)]
    # `order` lists each document's rows together, shuffled: its first `limit` are kept.
    return order[within < limit].sort().values


def _new_offsets(offsets: Tensor, rows: Tensor) -> Tensor:
    owner = ragged.segment_ids(offsets)[rows]
    return ragged.offsets_of(torch.bincount(owner, minlength=len(offsets) - 1))


def _kept_pairs(batch: TensorBatch, image_rows: Tensor, text_rows: Tensor) -> Tensor:
    rows, columns, _ = ragged.own_pairs(batch.image_offsets, batch.text_offsets)
    image_kept = torch.zeros(len(batch.image_section), dtype=torch.bool)
    text_kept = torch.zeros(len(batch.text_section), dtype=torch.bool)
    image_kept[image_rows] = True
    text_kept[text_rows] = True
    return (image_kept[rows] & text_kept[columns]).nonzero()[:, 0]


def _new_caption_of(
    batch: TensorBatch, image_rows: Tensor, image_offsets: Tensor, text_rows: Tensor
) -> Tensor:
    """Renumber the image that each text describes; a caption whose image was not drawn describes none."""
    new_row = torch.full((len(batch.image_section) + 1,), -1, dtype=torch.int64)
    new_row[image_rows] = torch.arange(len(image_rows))
    document = ragged.segment_ids(batch.text_offsets)[text_rows]
    described = batch.caption_of[text_rows]
    old_row = torch.where(described >= 0, batch.image_offsets[document] + described, len(batch.image_section))
    row = new_row[old_row]
    return torch.where(row >= 0, row - image_offsets[document], -1)
