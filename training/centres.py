"""The means of locked features over training documents, on which a model centres them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from storage.shards import ShardReader
from training.config import EncoderSettings
from training.data import load_whole, usable_documents
from training.model import UnalignedModel

#: Documents that are averaged: enough for a mean, whatever the size of the dataset.
_DOCUMENTS = 4096
#: Documents whose mean an encoder is asked for.
_ENCODED = 64
#: Of them, so many at once: a document may hold many pictures.
_AT_ONCE = 4


@dataclass(frozen=True)
class Centres:
    """Means of the features over training documents, each [width]."""

    pixels: Tensor
    words: Tensor
    texts: Tensor


def feature_centres(reader: ShardReader) -> Centres:
    """Return the means of the locked features over the first training documents, at most 4096 of them.

    Images without words of their own do not count for the mean of words.
    """
    spec = reader.index.spec
    sums = [np.zeros(width) for width in (spec.pixel_width, spec.word_width, spec.text_width)]
    counts = [0, 0, 0]
    documents = 0
    for number in reader.blocks_of("train"):
        block = reader.block(int(number))
        worded = block.words[(block.words != 0).any(axis=1)]
        for index, rows in enumerate((block.pixels, worded, block.text_features)):
            sums[index] += rows.sum(axis=0, dtype=np.float64)
            counts[index] += len(rows)
        documents += len(block)
        if documents >= _DOCUMENTS:
            break
    means = [
        torch.from_numpy((total / max(count, 1)).astype(np.float32))
        for total, count in zip(sums, counts, strict=True)
    ]
    return Centres(*means)


def centre_model(model: UnalignedModel, reader: ShardReader, encoders: EncoderSettings) -> None:
    """Set the model's centres to the means of its features before it is trained.

    Of locked features they are those of `feature_centres`, of a packaged encoder those that it gives for the
    first training documents, at most 64. What an encoder gives that knows nothing yet is not centred.
    """
    centres = feature_centres(reader)
    for centre, mean, encoder in (
        (model.pixel_centre, centres.pixels, model.image_encoder),
        (model.word_centre, centres.words, model.text_encoder),
        (model.text_centre, centres.texts, model.text_encoder),
    ):
        # An empty mean: no image of the dataset has words.
        if encoder is None and len(mean):
            centre.set(mean)
    if encoders.image == "efficientnet-lite0" or encoders.text == "minilm":
        _centre_in_place(model, reader, encoders)


@torch.no_grad()
def _centre_in_place(model: UnalignedModel, reader: ShardReader, encoders: EncoderSettings) -> None:
    documents = usable_documents(reader, "train")[:_ENCODED]
    batches = [
        load_whole(reader, documents[at : at + _AT_ONCE], encoders)
        for at in range(0, len(documents), _AT_ONCE)
    ]
    if encoders.image == "efficientnet-lite0":
        model.pixel_centre.set(torch.cat([model.pixel_features(batch) for batch in batches]).mean(dim=0))
    if encoders.text == "minilm":
        model.text_centre.set(torch.cat([model.text_features(batch) for batch in batches]).mean(dim=0))
        words = torch.cat([model.word_features(batch)[batch.has_words] for batch in batches])
        if len(words):
            model.word_centre.set(words.mean(dim=0))
