"""Unpaired learning with shared weights: each modality is restored alone, through one trunk.

Hidden parts of an image's vector are filled in by a trunk, and a map of the modality leads back to the locked
features of its pixels; texts go through the same trunk, with a map of their own:

    loss = ½ mean_i (1 - cos(D_v g(drop(v_i)), x_i)) + ½ mean_j (1 - cos(D_t g(drop(t_j)), y_j))

After Gupta et al. 2025, "Better Together: Leveraging Unpaired Multimodal Data for Stronger Unimodal Models"
(one network takes turns on modalities that were never paired, and shares its parameters). Which image and
which text share a document is never looked at; what binds the modalities is the trunk alone.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn.functional import cosine_similarity

from training import chance, ragged
from training.encoded import Encoded
from training.gather import total
from training.heads.residual import ResidualHead
from training.objectives.settings import UnpairedSettings
from training.precision import widened


class Unpaired(nn.Module):
    """The shared trunk and a map back for each modality.

    Args:
        settings: of the group.
        width: d of the joint space.
        pixel_width: of the locked features of images.
        text_width: of the locked features of texts.
    """

    def __init__(self, settings: UnpairedSettings, width: int, pixel_width: int, text_width: int) -> None:
        super().__init__()
        self.dropped = settings.dropped
        self.trunk = ResidualHead(width, settings.hidden)
        self.to_pixels = nn.Linear(width, pixel_width)
        self.to_texts = nn.Linear(width, text_width)

    def forward(self, encoded: Encoded, pixels: Tensor, texts: Tensor, draw: int) -> Tensor:
        """Return this worker's share of the loss; every worker must call it.

        Args:
            encoded: the local documents.
            pixels: locked features of their images, centred, [ΣM, pixel_width].
            texts: locked features of their texts, centred, [ΣN, text_width].
            draw: seed of this step, the same on every worker.
        """
        hidden_images = self._hidden(encoded.images, encoded.image_offsets, encoded.keys, draw)
        hidden_texts = self._hidden(encoded.texts, encoded.text_offsets, encoded.keys, draw ^ 1)
        restored_pixels = self.to_pixels(self.trunk(hidden_images))
        restored_texts = self.to_texts(self.trunk(hidden_texts))
        return 0.5 * (_distance(restored_pixels, pixels) + _distance(restored_texts, texts))

    def _hidden(self, vectors: Tensor, offsets: Tensor, keys: Tensor, draw: int) -> Tensor:
        """Vectors with the share `dropped` of their numbers set to zero, drawn by document and place."""
        vectors = widened(vectors)
        owner = ragged.segment_ids(offsets)
        within = torch.arange(len(owner), device=owner.device) - offsets[owner]
        width = vectors.shape[1]
        places = torch.arange(width, device=owner.device).repeat(len(owner))
        place = within.repeat_interleave(width) * width + places
        chances = chance.uniform(draw, keys[owner].repeat_interleave(width), place)
        return torch.where(chances.view_as(vectors) < self.dropped, 0.0, vectors)


def _distance(restored: Tensor, features: Tensor) -> Tensor:
    count = total(torch.tensor(float(len(features)), device=features.device))
    return (1 - cosine_similarity(restored, widened(features), dim=-1)).sum() / max(count, 1.0)
