"""Cosines of the images and texts of one document, flat and centred: what the topic gives is taken out."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor
from torch.utils.checkpoint import checkpoint

from training import ragged
from training.encoded import Encoded
from training.precision import widened

#: Numbers of gathered vectors held at once; the gradient gathers them again.
_BLOCK = 1 << 22


@dataclass(frozen=True)
class OwnPairs:
    """Every pair of an image and a text of one document, in the order of `ragged.own_pairs`."""

    rows: Tensor  # int64 [P], image
    columns: Tensor  # int64 [P], text
    documents: Tensor  # int64 [P]
    image_counts: Tensor  # int64 [P], M of its document
    text_counts: Tensor  # int64 [P], N of its document

    def mean_of_rows(self, values: Tensor) -> Tensor:
        """The mean over an image's texts, [P]."""
        return ragged.segment_mean(values, self.rows, int(self.rows[-1]) + 1 if len(values) else 0)[self.rows]

    def mean_of_columns(self, values: Tensor) -> Tensor:
        """The mean over a text's images, [P]."""
        count = int(self.columns.max()) + 1 if len(values) else 0
        return ragged.segment_mean(values, self.columns, count)[self.columns]


def own_pairs(encoded: Encoded, least: int = 1) -> OwnPairs:
    """Return the pairs of documents that hold at least `least` images and as many texts."""
    rows, columns, documents = ragged.own_pairs(encoded.image_offsets, encoded.text_offsets)
    image_counts = ragged.lengths(encoded.image_offsets)[documents]
    text_counts = ragged.lengths(encoded.text_offsets)[documents]
    kept = (image_counts >= least) & (text_counts >= least)
    return OwnPairs(rows[kept], columns[kept], documents[kept], image_counts[kept], text_counts[kept])


def own_cosines(encoded: Encoded, pairs: OwnPairs) -> Tensor:
    """Return the cosine of each pair, float32 [P]."""
    images, texts = widened(encoded.images), widened(encoded.texts)
    step = max(_BLOCK // max(images.shape[1], 1), 1)
    parts = [0.0 * (images.sum() + texts.sum()) + images.new_zeros(0)]
    for rows, columns in zip(torch.split(pairs.rows, step), torch.split(pairs.columns, step), strict=True):
        if len(rows):
            part: Tensor = checkpoint(_products, images, texts, rows, columns, use_reentrant=False)
            parts.append(part)
    return torch.cat(parts)


def _products(images: Tensor, texts: Tensor, rows: Tensor, columns: Tensor) -> Tensor:
    return (images[rows] * texts[columns]).sum(-1)


def doubly_centred(cosines: Tensor, pairs: OwnPairs) -> Tensor:
    """Return s_ij - mean_j s_ij - mean_i s_ij + mean_ij s_ij of each document, [P].

    What is added to a whole image or a whole text, as a topic is, changes nothing. A side with one member has
    nothing to be centred on, and is not.
    """
    over_texts, over_images = pairs.text_counts > 1, pairs.image_counts > 1
    centred = torch.where(over_texts, cosines - pairs.mean_of_rows(cosines), cosines)
    return torch.where(over_images, centred - pairs.mean_of_columns(centred), centred)
