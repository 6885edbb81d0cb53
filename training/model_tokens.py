"""What a model reads of a batch by one pass of its encoders, and the tokens that its heads make of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

import torch
from torch import Tensor, nn
from torch.utils.checkpoint import checkpoint

from training import ragged
from training.batch import TensorBatch
from training.parallel import is_sharded
from training.unit_tokens import UnitTokens, merged, one_each

if TYPE_CHECKING:
    from training.model import UnalignedModel

_Value = TypeVar("_Value")

#: Features that are mapped at once; what lies between them and their vectors is recomputed for the gradient.
_BLOCK = 1 << 13


@dataclass(frozen=True)
class Read:
    """Features of n images or texts before centring."""

    features: Tensor  # [n, width]
    scales: UnitTokens | None = None  # of n units, beside it


def see(model: UnalignedModel, batch: TensorBatch) -> Read:
    """Return the features of a batch's images.

    Raises:
        ValueError: if the batch lacks what the model reads.
    """
    asked = model.tokens.of_images
    if model.image_encoder is None:
        return Read(batch.pixels, given(batch.image_scales, "image_scales") if asked else None)
    images = given(batch.images, "images")
    if not asked:
        return Read(seen(model.image_encoder, images))
    from training.encoders.in_place import InPlaceEfficientNet  # noqa: PLC0415 - brings both packaged encoders
    from training.encoders.scales import image_tokens as tokens_of_maps  # noqa: PLC0415

    assert isinstance(model.image_encoder, InPlaceEfficientNet)
    maps = model.image_encoder.maps(images)
    return Read(maps.mean(dim=(2, 3)), tokens_of_maps(maps, asked))


def read_texts(model: UnalignedModel, batch: TensorBatch) -> Read:
    """Return the features of a batch's texts.

    Raises:
        ValueError: if the batch lacks what the model reads.
    """
    asked = model.tokens.of_texts
    if model.text_encoder is None:
        return Read(batch.texts, given(batch.text_scales, "text_scales") if asked else None)
    tokens = given(batch.text_tokens, "text_tokens")
    offsets = given(batch.text_token_offsets, "text_token_offsets")
    if not asked:
        return Read(read(model.text_encoder, tokens, offsets))
    from training.encoders.in_place import InPlaceMiniLM  # noqa: PLC0415 - brings both packaged encoders
    from training.encoders.minilm import mean_states  # noqa: PLC0415
    from training.encoders.scales import text_tokens as tokens_of_states  # noqa: PLC0415

    assert isinstance(model.text_encoder, InPlaceMiniLM)
    states = model.text_encoder.states(tokens, offsets)
    scales = tokens_of_states(states, offsets, given(batch.text_spans, "text_spans"), asked)
    return Read(mean_states(states, offsets), scales)


def seen(encoder: nn.Module, images: Tensor) -> Tensor:
    """Return an encoder's features of images.

    Workers that share an encoder's weights compute together, also one without images: it sees a blank one.
    """
    if not is_sharded(encoder):
        features: Tensor = encoder(images)
        return features
    blank = images.new_zeros((1, *images.shape[1:]))
    features = encoder(torch.cat([images, blank]))
    return features[:-1]


def read(encoder: nn.Module, tokens: Tensor, offsets: Tensor) -> Tensor:
    """Return an encoder's features of texts; see `seen`."""
    if not is_sharded(encoder):
        features: Tensor = encoder(tokens, offsets)
        return features
    features = encoder(torch.cat([tokens, tokens.new_zeros(1)]), torch.cat([offsets, offsets[-1:] + 1]))
    return features[:-1]


def image_tokens(
    model: UnalignedModel, images: Tensor, scales: UnitTokens | None, use_pixels: Tensor
) -> UnitTokens | None:
    """Return the tokens of images as unit vectors; None where none are asked for.

    Args:
        model: its pixel head.
        images: vectors of the whole, words of their own included, [n, d].
        scales: features of the tokens beside it.
        use_pixels: bool [n]; where pixels are left out, so are their tokens.
    """
    if not model.tokens.image:
        return None
    parts = [one_each(images)] if "whole" in model.tokens.image else []
    if scales is not None:
        held = scales.of(use_pixels)
        parts.append(UnitTokens(_mapped(model.pixel_vectors, held.vectors), held.offsets, held.scales))
    return merged(parts)


def text_tokens(model: UnalignedModel, texts: Tensor, read: Read, batch: TensorBatch) -> UnitTokens | None:
    """Return the tokens of texts as unit vectors; None where none are asked for.

    The token of a section is the same for all its texts of the batch: what their features are on average.

    Args:
        model: its text head.
        texts: vectors of the texts, [n, d].
        read: features of the texts, and of the tokens beside them.
        batch: which text stands in which section.
    """
    if not model.tokens.text:
        return None
    parts = []
    if "section" in model.tokens.text:
        places = torch.stack([ragged.segment_ids(batch.text_offsets), batch.text_section], dim=1)
        found, section = torch.unique(places, dim=0, return_inverse=True)
        means = ragged.segment_mean(read.features, section, len(found))
        parts.append(one_each(model.text_vectors(means)[section] if len(texts) else texts))
    if read.scales is not None:
        held = read.scales
        parts.append(UnitTokens(_mapped(model.text_vectors, held.vectors), held.offsets, held.scales))
    return merged(parts)


def _mapped(head: Callable[[Tensor], Tensor], features: Tensor) -> Tensor:
    parts = [
        checkpoint(head, block, use_reentrant=False) for block in torch.split(features, _BLOCK) if len(block)
    ]
    return torch.cat(parts) if parts else head(features)


def given(value: _Value | None, name: str) -> _Value:
    """Return what a batch has to hold.

    Raises:
        ValueError: if it does not.
    """
    if value is None:
        raise ValueError(f"the batch has no {name}, which the model reads: add it when the batch is made")
    return value
