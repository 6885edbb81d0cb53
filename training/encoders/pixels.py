"""Image bytes to a square of pixels: the one preparation that all our image encoders share."""

from __future__ import annotations

import io

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from storage.pictures import upright
from training.encoders.base import UndecodableImageError


def square_pixels(data: bytes, side: int) -> NDArray[np.uint8]:
    """Decode an image, turn it upright, lay it on white, fit it into a square without changing its aspect.

    Transparency is composited on white, because plots are drawn for white pages. Of an animation the first
    frame counts.

    Args:
        data: the image's bytes, in any format that Pillow reads.
        side: of the square, in pixels.

    Returns:
        RGB, [side, side, 3].

    Raises:
        UndecodableImageError: if the bytes hold no image that can be decoded.
    """
    try:
        with Image.open(io.BytesIO(data)) as image:
            # JPEG decodes at 1/2, 1/4 or 1/8 much faster; twice the square leaves room to resample.
            image.draft("RGB", (2 * side, 2 * side))
            return _fit(_on_white(upright(image)), side)
    except (OSError, ValueError, SyntaxError, EOFError, Image.DecompressionBombError) as error:
        raise UndecodableImageError(
            f"An image of {len(data)} bytes cannot be decoded ({error}); build the dataset again."
        ) from error


def square_batch(images: list[bytes], side: int) -> NDArray[np.uint8]:
    """Return `square_pixels` of each image, [n, side, side, 3]."""
    squares = np.empty((len(images), side, side, 3), dtype=np.uint8)
    for index, data in enumerate(images):
        squares[index] = square_pixels(data, side)
    return squares


def _on_white(image: Image.Image) -> Image.Image:
    if image.mode == "RGB" and "transparency" not in image.info:
        image.load()
        return image
    if image.mode.startswith("I") or image.mode == "F":
        return _grey_of_wide_values(image)
    rgba = image.convert("RGBA")
    page = Image.new("RGBA", rgba.size, (255, 255, 255, 255))
    page.alpha_composite(rgba)
    return page.convert("RGB")


def _grey_of_wide_values(image: Image.Image) -> Image.Image:
    """Stretch 16 and 32 bit greys to 8 bits: Pillow's own conversion would clip them to white."""
    values = np.asarray(image, dtype=np.float32)
    low, high = float(values.min()), float(values.max())
    scaled = np.zeros_like(values) if high <= low else (values - low) * (255.0 / (high - low))
    return Image.fromarray(scaled.astype(np.uint8)).convert("RGB")


def _fit(image: Image.Image, side: int) -> NDArray[np.uint8]:
    scale = side / max(image.size)
    width, height = (max(1, round(length * scale)) for length in image.size)
    resized = image.resize((width, height), Image.Resampling.BILINEAR, reducing_gap=2.0)
    square = np.full((side, side, 3), 255, dtype=np.uint8)
    top, left = (side - height) // 2, (side - width) // 2
    square[top : top + height, left : left + width] = np.asarray(resized)
    return square
