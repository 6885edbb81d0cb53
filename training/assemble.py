"""A model and its objective from a configuration."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import nn

from storage.errors import LooseleafError
from storage.shards import ShardSpec
from training.batch import TensorBatch
from training.chance import key_of
from training.config import TrainConfig
from training.encoded import Encoded
from training.encoders.patch import PatchEncoder
from training.encoders.tokens import TokenEncoder
from training.model import ModelConfig, UnalignedModel
from training.objectives.loss import Loss
from training.objectives.objective import Objective

#: (model, batch, encoded, draw) -> this worker's share of the loss.
ObjectiveFunction = Callable[[UnalignedModel, TensorBatch, Encoded, int], Loss]


def build_model(config: TrainConfig, spec: ShardSpec) -> UnalignedModel:
    """Return the model that `config` describes for such shards, with weights drawn from its seed.

    Raises:
        LooseleafError: if the shards hold no features and no encoder is to be trained.
    """
    encoders = config.encoders
    image_features, text_features = encoders.image == "features", encoders.text == "features"
    for wanted, width, name, remedy in (
        (image_features, spec.pixel_width, "image", "patch"),
        (text_features, spec.text_width, "text", "tokens"),
    ):
        if wanted and not width:
            raise LooseleafError(
                f"These shards hold no {name} features; mine the dataset again with an encoder, "
                f"or train one with `encoders: {{{name}: {remedy}}}`."
            )
    shape = ModelConfig(
        pixel_width=spec.pixel_width if image_features else encoders.width,
        text_width=spec.text_width if text_features else encoders.width,
        **config.model.model_dump(),
    )
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(key_of(f"weights/{config.seed}"))
        model = _model(config, shape)
        snapshot = _model(config, shape) if config.objective.self_assignment is not None else None
        model.objective = Objective(config.objective, shape.pixel_width, shape.text_width, snapshot)
        return model


def _model(config: TrainConfig, shape: ModelConfig) -> UnalignedModel:
    encoders = config.encoders
    image_encoder: nn.Module | None = None
    text_encoder: nn.Module | None = None
    if encoders.image != "features":
        image_encoder = PatchEncoder(encoders.width, encoders.side, heads=_heads(encoders.width))
    if encoders.text != "features":
        text_encoder = TokenEncoder(encoders.width)
    return UnalignedModel(shape, image_encoder, text_encoder)


def objective_of(model: UnalignedModel, batch: TensorBatch, encoded: Encoded, draw: int) -> Loss:
    """Return this worker's share of the loss by the objective that `build_model` gave the model."""
    return _objective(model)(model, batch, encoded, draw)


def begin_step(model: UnalignedModel, step: int, steps: int) -> None:
    """Set what the objective has depend on the step; see `Objective.begin_step`."""
    _objective(model).begin_step(model, step, steps)


def _objective(model: UnalignedModel) -> Objective:
    assert isinstance(model.objective, Objective)
    return model.objective


def _heads(width: int) -> int:
    """Return the most heads of at least 32 numbers each that divide the width."""
    return max(heads for heads in range(1, max(width // 32, 1) + 1) if width % heads == 0)
