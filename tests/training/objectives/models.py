"""A small model with an objective, and the loss of documents that are encoded already."""

from __future__ import annotations

from dataclasses import replace

import torch

from training.assemble import objective_of
from training.batch import TensorBatch
from training.encoded import Encoded
from training.encoders.token_settings import TokenSettings
from training.model import ModelConfig, UnalignedModel
from training.objectives.loss import Loss
from training.objectives.objective import Objective
from training.objectives.settings import ObjectiveSettings

DRAW = 11


def model_of(
    settings: ObjectiveSettings,
    width: int = 4,
    block_pairs: int = 1 << 20,
    tokens: TokenSettings = TokenSettings(),  # noqa: B008 - frozen
) -> UnalignedModel:
    torch.manual_seed(0)
    config = ModelConfig(pixel_width=6, text_width=width, text_hidden=4, part_dropout=0.5)
    model = UnalignedModel(config, tokens=tokens)
    snapshot = UnalignedModel(config) if settings.self_assignment is not None else None
    model.objective = Objective(settings, 6, width, snapshot, tokens=tokens, block_pairs=block_pairs)
    return model.train()


def widened_to(batch: TensorBatch, width: int) -> TensorBatch:
    """The batch with locked features of texts and words that are `width` wide."""
    random = torch.Generator().manual_seed(1)
    parts = {
        name: features @ torch.randn(features.shape[1], width, generator=random)
        for name, features in (("texts", batch.texts), ("words", batch.words))
    }
    return replace(batch, **parts)


def loss_of(model: UnalignedModel, batch: TensorBatch, encoded: Encoded) -> Loss:
    return objective_of(model, widened_to(batch, model.config.text_width), encoded, DRAW)
