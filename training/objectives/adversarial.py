"""Adversarial modality confusion: a discriminator tells images from texts, the encoders make that hard.

The discriminator minimises its cross entropy; a gradient reversal layer between it and the encoders turns the
gradient around (Ganin et al. 2016, "Domain-Adversarial Training of Neural Networks"). Without the reversal
the encoders would learn to help it.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.functional import softplus

from training.encoded import Encoded
from training.gather import total
from training.objectives.settings import AdversarialSettings
from training.precision import widened


class _Reverse(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, values: Tensor, strength: float) -> Tensor:
        ctx.strength = strength
        return values.view_as(values)

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor, None]:
        return -ctx.strength * grad, None


def reverse_gradient(values: Tensor, strength: float) -> Tensor:
    """Return `values`; the gradient comes back times `-strength`."""
    reversed_values: Tensor = _Reverse.apply(values, strength)  # type: ignore[no-untyped-call]
    return reversed_values


class ModalityConfusion(nn.Module):
    """The discriminator.

    Args:
        settings: of the group.
        width: d of the joint space.
    """

    def __init__(self, settings: AdversarialSettings, width: int) -> None:
        super().__init__()
        self.strength = settings.strength
        self.discriminator = nn.Sequential(
            nn.Linear(width, settings.hidden), nn.GELU(), nn.Linear(settings.hidden, 1)
        )

    def forward(self, encoded: Encoded) -> Tensor:
        """Return this worker's share of the discriminator's cross entropy, both modalities alike.

        Every worker must call it. Neutral images (zero rows) are left out. At log 2 it tells nothing.
        """
        images = widened(encoded.images)
        images = images[images.any(-1)]
        return 0.5 * (self._share(images, -1.0) + self._share(widened(encoded.texts), 1.0))

    def _share(self, vectors: Tensor, sign: float) -> Tensor:
        logits: Tensor = self.discriminator(reverse_gradient(vectors, self.strength))
        count = total(torch.tensor(float(len(vectors)), device=vectors.device))
        return softplus(sign * logits).sum() / max(count, 1.0)
