"""A model and its objective from a configuration."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import nn

from storage.errors import LooseleafError
from storage.shards import ShardSpec
from training.batch import TensorBatch
from training.chance import key_of
from training.config import ObjectiveSettings, TrainConfig
from training.encoded import Encoded
from training.encoders.patch import PatchEncoder
from training.encoders.tokens import TokenEncoder
from training.model import ModelConfig, UnalignedModel
from training.objectives.between_documents import BetweenDocuments, between_documents
from training.objectives.clip_pairs import ClipPairs, PairKind, clip_pairs
from training.objectives.loss import Loss

#: (model, batch, encoded, draw) -> this worker's share of the loss.
ObjectiveFunction = Callable[[UnalignedModel, TensorBatch, Encoded, int], Loss]

_PAIRS: dict[str, PairKind] = {"clip_random": "random", "clip_adjacent": "adjacent", "clip_true": "true"}


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
        image_encoder: nn.Module | None = None
        text_encoder: nn.Module | None = None
        if not image_features:
            image_encoder = PatchEncoder(encoders.width, encoders.side, heads=_heads(encoders.width))
        if not text_features:
            text_encoder = TokenEncoder(encoders.width)
        return UnalignedModel(shape, image_encoder, text_encoder)


def build_objective(settings: ObjectiveSettings) -> ObjectiveFunction:
    """Return the function that a step minimises."""
    if settings.name == "smooth_chamfer":
        between = BetweenDocuments(
            alpha=settings.alpha,
            routing_weight=settings.routing_weight,
            use_prior=settings.layout_prior,
            ignore_families=settings.ignore_families,
        )
        return lambda model, batch, encoded, _draw: between_documents(model, batch, encoded, between)
    pairs = ClipPairs(_PAIRS[settings.name], settings.pairs)
    return lambda model, batch, encoded, draw: clip_pairs(model, batch, encoded, pairs, draw)


def _heads(width: int) -> int:
    """Return the most heads of at least 32 numbers each that divide the width."""
    return max(heads for heads in range(1, max(width // 32, 1) + 1) if width % heads == 0)
