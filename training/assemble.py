"""A model and its objective from a configuration."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import torch

from storage.errors import LooseleafError
from storage.shards import ShardSpec
from training.batch import TensorBatch
from training.chance import key_of
from training.config import EncoderSettings, TrainConfig
from training.encoded import Encoded
from training.encoders.patch import PatchEncoder
from training.encoders.tokens import TokenEncoder
from training.model import ModelConfig, UnalignedModel
from training.objectives.loss import Loss
from training.objectives.objective import Objective

if TYPE_CHECKING:
    from training.encoders.in_place import InPlaceEfficientNet, InPlaceMiniLM

#: (model, batch, encoded, draw) -> this worker's share of the loss.
ObjectiveFunction = Callable[[UnalignedModel, TensorBatch, Encoded, int], Loss]


def build_model(config: TrainConfig, spec: ShardSpec) -> UnalignedModel:
    """Return the model that `config` describes for such shards, with weights drawn from its seed.

    Raises:
        LooseleafError: if the shards hold no features, or none of the tokens that are asked for, and no
            encoder is to be trained.
    """
    encoders = config.encoders
    for told, width, name, remedy in (
        (encoders.image, spec.pixel_width, "image", "patch"),
        (encoders.text, spec.text_width, "text", "tokens"),
    ):
        if told == "features" and not width:
            raise LooseleafError(
                f"These shards hold no {name} features; mine the dataset again with an encoder, "
                f"or train one with `encoders: {{{name}: {remedy}}}`."
            )
    tokens = encoders.tokens
    for told, scales, side in (
        (encoders.image, tokens.of_images, "image"),
        (encoders.text, tokens.of_texts, "text"),
    ):
        missing = [scale for scale in scales if told == "features" and scale not in spec.tokens]
        if missing:
            raise LooseleafError(
                f"These shards hold no tokens of the scale {missing[0]}; mine the dataset again with "
                f"`mine: {{tokens: {{{side}: [{missing[0]}]}}}}` in the recipe, or train an encoder."
            )
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(key_of(f"weights/{config.seed}"))
        model = _model(config, spec)
        snapshot = _model(config, spec) if config.objective.self_assignment is not None else None
        shape = model.config
        model.objective = Objective(
            config.objective,
            shape.pixel_width,
            shape.text_width,
            snapshot,
            tokens=config.encoders.tokens,
        )
        return model


def _model(config: TrainConfig, spec: ShardSpec) -> UnalignedModel:
    images, texts = _image_encoder(config.encoders), _text_encoder(config.encoders)
    shape = ModelConfig(
        pixel_width=spec.pixel_width if images is None else images.width,
        text_width=spec.text_width if texts is None else texts.width,
        **config.model.model_dump(),
    )
    return UnalignedModel(shape, images, texts, config.encoders.tokens, precision=config.precision)


def _image_encoder(encoders: EncoderSettings) -> InPlaceEfficientNet | PatchEncoder | None:
    match encoders.image:
        case "efficientnet-lite0":
            from training.encoders.in_place import InPlaceEfficientNet  # noqa: PLC0415

            return InPlaceEfficientNet(encoders.image_tuning)
        case "patch":
            return PatchEncoder(encoders.width, encoders.side, heads=_heads(encoders.width))
        case "features":
            return None


def _text_encoder(encoders: EncoderSettings) -> InPlaceMiniLM | TokenEncoder | None:
    match encoders.text:
        case "minilm":
            from training.encoders.in_place import InPlaceMiniLM  # noqa: PLC0415

            return InPlaceMiniLM(encoders.text_tuning)
        case "tokens":
            return TokenEncoder(encoders.width)
        case "features":
            return None


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
