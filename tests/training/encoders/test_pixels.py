"""Decoding: what is transparent becomes white, the aspect stays, bad bytes are named."""

import io

import numpy as np
import pytest
from PIL import Image

from training.encoders.base import UndecodableImageError
from training.encoders.pixels import square_batch, square_pixels


def _bytes(image: Image.Image, kind: str = "PNG") -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, kind)
    return buffer.getvalue()


def test_transparent_is_white() -> None:
    clear = Image.new("RGBA", (40, 40), (255, 0, 0, 0))
    assert (square_pixels(_bytes(clear), 32) == 255).all()


def test_wide_image_keeps_its_aspect_on_white() -> None:
    square = square_pixels(_bytes(Image.new("RGB", (200, 50), (10, 20, 30))), 64)
    assert (square[:24] == 255).all()
    assert (square[40:] == 255).all()
    assert (square[24:40] == (10, 20, 30)).all()


@pytest.mark.parametrize(
    ("mode", "color", "kind"),
    [
        ("L", 128, "PNG"),
        ("P", 3, "GIF"),
        ("1", 1, "PNG"),
        ("LA", (9, 255), "PNG"),
        ("CMYK", (0, 0, 0, 0), "JPEG"),
    ],
)
def test_every_mode_gives_rgb(mode: str, color: int | tuple[int, ...], kind: str) -> None:
    assert square_pixels(_bytes(Image.new(mode, (30, 20), color), kind), 16).shape == (16, 16, 3)


def test_wide_greys_are_stretched_not_clipped() -> None:
    ramp = np.linspace(0, 60000, 64 * 64, dtype=np.uint16).reshape(64, 64)
    square = square_pixels(_bytes(Image.fromarray(ramp)), 64)
    assert square.min() < 5
    assert 100 < square.mean() < 155


def test_extreme_aspect_keeps_one_row() -> None:
    assert (square_pixels(_bytes(Image.new("RGB", (3000, 2))), 32) == 0).any()


def test_truncated_and_foreign_bytes_are_named() -> None:
    noise = np.random.default_rng(0).integers(0, 255, (64, 64, 3), dtype=np.uint8)
    for data in (_bytes(Image.fromarray(noise))[:500], b"not an image", b""):
        with pytest.raises(UndecodableImageError, match="cannot be decoded"):
            square_pixels(data, 32)


def test_batch_is_each_alone() -> None:
    images = [_bytes(Image.new("RGB", (20 + i, 30), (i, i, i))) for i in range(3)]
    batch = square_batch(images, 16)
    assert all((batch[i] == square_pixels(images[i], 16)).all() for i in range(3))
