"""How negatives are mined."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from pipeline.recipe.base import Settings


class TokenSettings(Settings):
    """Which tokens of images and texts are kept beside one vector each, for training on several scales."""

    image: tuple[Literal["tiles", "patches"], ...] = Field(
        default=(), description="Quarters of a picture, and the cells of the encoder's last layer."
    )
    text: tuple[Literal["sentences", "words"], ...] = Field(
        default=(), description="Sentences and words of a text, each in its context."
    )


class MineSettings(Settings):
    """How negatives are found, and the guards against false ones."""

    image_encoder: str = Field(
        default="efficientnet-lite0", min_length=1, description="Encoder of images, by name."
    )
    text_encoder: str = Field(default="minilm", min_length=1, description="Encoder of texts, by name.")
    tokens: TokenSettings = Field(
        default=TokenSettings(), description="Tokens for training on several scales; none by default."
    )
    run: str | None = Field(
        default=None,
        min_length=1,
        description="A trained run, path or URL, whose space is searched; None searches the encoders' own.",
    )
    run_encoder: str | None = Field(
        default=None, min_length=1, description="What the run is called as an encoder; `mine --run` sets it."
    )
    top_k: int = Field(
        default=10, ge=1, le=1000, description="Negatives for each anchor and kind (1 to 1000)."
    )
    margin: float = Field(
        default=0.05,
        ge=0.0,
        le=2.0,
        description="A candidate whose cosine exceeds the positive's by more than this is left out (0 to 2).",
    )
    phash_distance: int = Field(
        default=6,
        ge=0,
        le=64,
        description="Images whose perceptual hashes differ in at most so many bits are one (0 to 64).",
    )
    text_jaccard: float = Field(
        default=0.8,
        gt=0.0,
        le=1.0,
        description="Texts that share so many of their words are near-duplicates (0 to 1).",
    )
    most_false: float = Field(
        default=0.5,
        ge=0.0,
        le=1.0,
        description="A candidate is left out whose document is the anchor's own under another name with more "
        "than this probability, as the locked encoders see it (0 to 1).",
    )
    block_rows: int = Field(
        default=8192,
        ge=16,
        le=1_000_000,
        description="Rows compared at a time; bounds the memory (16 to 1e6).",
    )
    approximate_above: int = Field(
        default=50_000,
        ge=0,
        le=10**12,
        description="With more vectors than this they are searched approximately, and all are held in memory "
        "(0 to 1e12).",
    )
