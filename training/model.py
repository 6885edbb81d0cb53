"""The unaligned model: from features of images and texts to unit vectors of one joint space."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

import torch
from torch import Tensor, nn

from training import chance, ragged
from training.batch import TensorBatch
from training.encoded import Encoded
from training.encoders.token_settings import TokenSettings
from training.heads.image import Fusion, Parts, PixelHead
from training.heads.residual import Centre, ResidualHead
from training.model_tokens import given, image_tokens, read, read_texts, see, text_tokens
from training.precision import Precision, mixed, widened

_MOST_SCALE = 100.0


@dataclass(frozen=True)
class ModelConfig:
    """The shape of an `UnalignedModel`; its joint space has the text encoder's width."""

    pixel_width: int = 1280  # of the image encoder
    text_width: int = 384  # of the text encoder, and d of the joint space
    pixel_hidden: int = 0  # of the pixels' residual head; 0 leaves a linear map
    text_hidden: int = 384  # of the residual heads of texts and words; 0 leaves the identity
    share_text_head: bool = True  # words go through the texts' head
    towers: Literal["separate", "shared"] = "separate"  # shared: mapped pixels go through the texts' head too
    pixel_share: float = 0.3  # of an image that has words, at the start
    part_dropout: float = (
        0.3  # how often training uses the pixels alone or the words alone of an image with both
    )
    scale: float = 14.0  # of the logits, at the start


class UnalignedModel(nn.Module):
    """Heads on top of encoder features.

    Without encoders of its own the model reads `pixels`, `words` and `texts` of the batch (locked encoders);
    with them it reads `images`, `word_tokens` and `text_tokens`. Texts and words come from one encoder, so
    their heads start as the identity; only the pixels have to find the joint space.

    Args:
        config: the shape.
        image_encoder: maps images [n, 3, S, S] to [n, pixel_width].
        text_encoder: maps packed tokens, int64 [Σ tokens], and their offsets [n+1] to [n, text_width].
        tokens: at which scales units are encoded beside their one vector.
        precision: in which encoders and heads compute; vectors are float32 in either.
    """

    def __init__(
        self,
        config: ModelConfig,
        image_encoder: nn.Module | None = None,
        text_encoder: nn.Module | None = None,
        tokens: TokenSettings = TokenSettings(),  # noqa: B008 - frozen
        *,
        precision: Precision = "fp32",
    ) -> None:
        super().__init__()
        self.config, self.tokens, self.precision = config, tokens, precision
        self.image_encoder = image_encoder
        self.text_encoder = text_encoder
        self.pixel_centre = Centre(config.pixel_width)
        self.word_centre = Centre(config.text_width)
        self.text_centre = Centre(config.text_width)
        self.pixel_head = PixelHead(config.pixel_width, config.text_width, config.pixel_hidden)
        self.text_head = ResidualHead(config.text_width, config.text_hidden)
        self.word_head = (
            None if config.share_text_head else ResidualHead(config.text_width, config.text_hidden)
        )
        self.fusion = Fusion(config.text_width, config.pixel_share)
        self.objective: nn.Module | None = None  # what a run trains beside it, kept in its checkpoints
        self.log_scale = nn.Parameter(torch.tensor(math.log(config.scale)))

    @property
    def scale(self) -> Tensor:
        """Scale of the logits, a scalar of at most 100; at the bound its gradient still passes."""
        bounded = self.log_scale.clamp(max=math.log(_MOST_SCALE))
        return (self.log_scale + (bounded - self.log_scale).detach()).exp()

    def set_centres(self, pixels: Tensor, words: Tensor, texts: Tensor) -> None:
        """Centre the features on means over the training documents.

        Args:
            pixels: mean [pixel_width].
            words: mean [text_width] over images that have words.
            texts: mean [text_width].
        """
        self.pixel_centre.set(pixels)
        self.word_centre.set(words)
        self.text_centre.set(texts)

    def forward(self, batch: TensorBatch, parts: Parts = "both", draw: int | None = None) -> Encoded:
        """Encode a batch; see `encode`."""
        return self.encode(batch, parts, draw)

    def encode(self, batch: TensorBatch, parts: Parts = "both", draw: int | None = None) -> Encoded:
        """Return the unit vectors of a batch.

        Args:
            batch: documents.
            parts: what of an image is used. An image that has nothing of it becomes a zero row: neutral.
            draw: seed of this step's part dropout, the same on every worker; None switches it off. It applies
                while training with `parts="both"`, to images that have both.

        Returns:
            Unit vectors in float32, with the batch's offsets, keys and families.
        """
        with mixed(batch.device, self.precision):
            return self._encode(batch, parts, draw)

    def _encode(self, batch: TensorBatch, parts: Parts, draw: int | None) -> Encoded:
        words_held = batch.has_words
        use_pixels = torch.full_like(words_held, parts != "words")
        use_words = words_held & (parts != "pixels")
        if self.training and draw is not None and parts == "both" and self.config.part_dropout > 0:
            chances = self._draw(batch, draw)
            alone = self.config.part_dropout / 2
            use_words = use_words & (chances >= alone)
            use_pixels = use_pixels & ~(words_held & (chances >= alone) & (chances < 2 * alone))
        images_seen, texts_read = see(self, batch), read_texts(self, batch)
        pixels = self.pixel_vectors(images_seen.features)
        words = self.word_vectors(self.word_features(batch))
        images = self.fusion(pixels, words, use_pixels, use_words)
        texts = self.text_vectors(texts_read.features)
        return Encoded(
            images=images,
            image_offsets=batch.image_offsets,
            texts=texts,
            text_offsets=batch.text_offsets,
            keys=batch.keys,
            families=batch.families,
            image_tokens=image_tokens(self, images, images_seen.scales, use_pixels),
            text_tokens=text_tokens(self, texts, texts_read, batch),
        )

    def pixel_vectors(self, features: Tensor) -> Tensor:
        """Map an image encoder's features [n, pixel_width] to unit vectors [n, d]."""
        mapped: Tensor = self.pixel_head(self.pixel_centre(features))
        return ragged.unit(widened(self.text_head(mapped) if self.config.towers == "shared" else mapped))

    def word_vectors(self, features: Tensor) -> Tensor:
        """Map a text encoder's features of images' own words [n, text_width] to unit vectors [n, d]."""
        head = self.text_head if self.word_head is None else self.word_head
        return ragged.unit(widened(head(self.word_centre(features))))

    def text_vectors(self, features: Tensor) -> Tensor:
        """Map a text encoder's features [n, text_width] to unit vectors [n, d]."""
        return ragged.unit(widened(self.text_head(self.text_centre(features))))

    def _draw(self, batch: TensorBatch, draw: int) -> Tensor:
        owner = ragged.segment_ids(batch.image_offsets)
        within = torch.arange(len(owner), device=batch.device) - batch.image_offsets[owner]
        return chance.uniform(draw, batch.keys[owner], within)

    def pixel_features(self, batch: TensorBatch) -> Tensor:
        """Return the features of a batch's images before centring, [ΣM, pixel_width]."""
        return see(self, batch).features

    def word_features(self, batch: TensorBatch) -> Tensor:
        """Return the features of the images' own words before centring, [ΣM, text_width]."""
        if self.text_encoder is None:
            return batch.words
        tokens = given(batch.word_tokens, "word_tokens")
        return read(self.text_encoder, tokens, given(batch.word_token_offsets, "word_token_offsets"))

    def text_features(self, batch: TensorBatch) -> Tensor:
        """Return the features of a batch's texts before centring, [ΣN, text_width]."""
        return read_texts(self, batch).features
