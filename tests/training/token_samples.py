"""Tokens of a batch's images and texts: of the first unit of each none, of the others some at each scale."""

from __future__ import annotations

from dataclasses import replace

import torch

from training import ragged
from training.batch import TensorBatch
from training.encoders.token_settings import IMAGE_SCALES, TEXT_SCALES, TokenSettings
from training.unit_tokens import UnitTokens

EVERY_SCALE = TokenSettings(image=IMAGE_SCALES, text=TEXT_SCALES)


def unit_tokens(units: int, width: int, seed: int = 0, dtype: torch.dtype = torch.float32) -> UnitTokens:
    """Of unit k: k % 4 tokens, of the second and the third scale in turn."""
    random = torch.Generator().manual_seed(seed)
    sizes = torch.arange(units) % 4
    offsets = ragged.offsets_of(sizes)
    count = int(offsets[-1])
    vectors = torch.randn(count, width, generator=random, dtype=dtype)
    return UnitTokens(vectors, offsets, 1 + torch.arange(count) % 2)


def with_scales(batch: TensorBatch) -> TensorBatch:
    images, texts = len(batch.image_section), len(batch.text_section)
    return replace(
        batch,
        image_scales=unit_tokens(images, batch.pixels.shape[1], 1, batch.pixels.dtype),
        text_scales=unit_tokens(texts, batch.texts.shape[1], 2, batch.texts.dtype),
    )
