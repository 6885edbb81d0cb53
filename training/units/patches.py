"""Which cells of an image speak for a text: the pixels' cosine as a sum over the last feature map."""

from __future__ import annotations

import torch
from torch import Tensor

from storage.errors import LooseleafError
from training.model import UnalignedModel


@torch.no_grad()
def cell_contributions(model: UnalignedModel, maps: Tensor, text: Tensor) -> Tensor:
    """Share the cosine of an image's pixels and a text out over the cells of the feature map.

    The encoder averages the cells and a linear head follows, so that each cell has its exact part of the
    score, once the layer norm's mean and deviation and the vector's length are those of the whole image.

    Args:
        model: whose pixel head is linear.
        maps: [pixel_width, rows, columns], of a pooled convolutional encoder (`EfficientNetLite0.maps`).
        text: unit vector of the joint space, [d].

    Returns:
        [rows, columns]; it sums to the cosine of `encode(..., "pixels")` with the text.

    Raises:
        LooseleafError: if the head has a hidden layer, over which no score can be shared out exactly.
    """
    if model.config.pixel_hidden:
        raise LooseleafError(
            f"A heat map needs a linear pixel head, and this model's has {model.config.pixel_hidden} hidden "
            "units: train with pixel_hidden 0."
        )
    norm, project = model.pixel_head.norm, model.pixel_head.map
    cells = maps.flatten(1).T
    cells = model.pixel_centre(cells)
    deviation = (cells.mean(0).var(unbiased=False) + norm.eps).sqrt()
    scaled = (cells - cells.mean(1, keepdim=True)) / deviation * norm.weight + norm.bias
    seen: Tensor = project(scaled)
    whole = seen.mean(0).norm().clamp(min=1e-12)
    return (seen @ text / (whole * len(seen))).view(maps.shape[1:])
