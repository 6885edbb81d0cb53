"""Which images are decoded, and how words inside them are read."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from pipeline.recipe.base import Settings

ImageFormat = Literal["png", "jpeg", "webp", "gif", "bmp", "svg", "avif", "tiff"]


class ImageSettings(Settings):
    """Which images are decoded at all."""

    formats: tuple[ImageFormat, ...] = Field(
        default=("png", "jpeg", "webp", "gif", "bmp", "svg", "avif"),
        min_length=1,
        description="Formats to keep, as found in the bytes: png, jpeg, webp, gif, bmp, svg, avif, tiff.",
    )
    max_bytes: int = Field(
        default=16_000_000, ge=1, le=1_000_000_000, description="Largest image file, in bytes (1 to 1e9)."
    )
    max_pixels: int = Field(
        default=64_000_000,
        ge=1,
        le=1_000_000_000,
        description="Most pixels of an image, width times height (1 to 1e9).",
    )


class WordSettings(Settings):
    """How words inside pictures are read."""

    engine: Literal["auto", "tesseract", "rapidocr", "none"] = Field(
        default="auto",
        description="What reads them: tesseract, rapidocr, none, or auto (the first that is installed).",
    )
    languages: tuple[str, ...] = Field(
        default=("eng",),
        min_length=1,
        description="Tesseract's names of languages, such as eng, deu, jpn; rapidocr knows its own.",
    )
    min_confidence: float = Field(
        default=50.0, ge=0.0, le=100.0, description="Confidence of a word that is kept, at least (0 to 100)."
    )
    min_side: int = Field(
        default=48,
        ge=1,
        le=100_000,
        description="Shortest side of a picture that is read, in pixels (1 to 1e5).",
    )
