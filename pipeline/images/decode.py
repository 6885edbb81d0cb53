"""Decodes an image that nobody vouches for, and measures it."""

from __future__ import annotations

import struct
import warnings
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from io import BytesIO

import numpy as np
from PIL import Image, ImageStat

_MAGIC = (
    (b"\x89PNG\r\n\x1a\n", "png"),
    (b"\xff\xd8\xff", "jpeg"),
    (b"GIF87a", "gif"),
    (b"GIF89a", "gif"),
    (b"BM", "bmp"),
    (b"II*\x00", "tiff"),
    (b"MM\x00*", "tiff"),
    (b"%PDF", "pdf"),
    (b"\x00\x00\x01\x00", "ico"),
    (b"\x1f\x8b", "gzip"),
)
_BRANDS = {b"avif": "avif", b"avis": "avif", b"heic": "heic", b"mif1": "heic"}
_SNIFFED = 2048
#: What Pillow raises on bytes that are not what they begin as.
_BROKEN = (
    OSError,
    ValueError,
    SyntaxError,
    EOFError,
    IndexError,
    KeyError,
    TypeError,
    AttributeError,
    OverflowError,
    NotImplementedError,
    struct.error,
    zlib.error,
)


@dataclass(frozen=True)
class Measured:
    """An image that decodes: `contrast` is the standard deviation of its grey values, 0 to 127.5."""

    mime: str
    width: int  # pixels
    height: int
    phash: str  # 64 bits as 16 hexadecimal digits
    contrast: float


@dataclass(frozen=True)
class Refused:
    """Why an image is not kept: rule, what was measured, the threshold, a sentence."""

    rule: str
    value: float | None
    threshold: float | None
    detail: str


def sniff(data: bytes) -> str:
    """Return the format that the bytes begin like, whatever their name says; `unknown` if none is known."""
    for magic, name in _MAGIC:
        if data.startswith(magic):
            return name
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return "webp"
    if data[4:8] == b"ftyp":
        return _BRANDS.get(data[8:12], "unknown")
    head = data[:_SNIFFED].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if b"<svg" in head:
        return "svg"
    return "html" if head.startswith((b"<!doctype html", b"<html")) else "unknown"


def measure(data: bytes, formats: Sequence[str], max_pixels: int) -> Measured | Refused:
    """Decode an image and measure it; of an animation the first frame.

    Args:
        data: the file's bytes.
        formats: formats that are decoded at all, as `sniff` names them.
        max_pixels: larger images are refused from their header, before a pixel is decoded.
    """
    kind = sniff(data)
    if kind not in formats:
        return Refused("format", None, None, f"the bytes are {kind}, which is not among images.formats")
    try:
        with warnings.catch_warnings():
            # We have a limit of our own.
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            image = Image.open(BytesIO(data), formats=[kind.upper()])
        pixels = image.width * image.height
        if pixels > max_pixels:
            return Refused(
                "too_many_pixels", float(pixels), float(max_pixels), f"{image.width} x {image.height} pixels"
            )
        image.load()
        grey = _grey(image)
    except Image.DecompressionBombError as error:
        return Refused("too_many_pixels", None, float(max_pixels), str(error))
    except _BROKEN as error:
        return Refused("undecodable", None, None, f"{kind}: {error}"[:300])
    return Measured(
        mime=f"image/{kind}",
        width=image.width,
        height=image.height,
        phash=_phash(grey),
        contrast=float(ImageStat.Stat(grey).stddev[0]),
    )


def _grey(image: Image.Image) -> Image.Image:
    """Return the image in 8-bit grey, on white where it is transparent."""
    if image.mode.startswith(("I", "F")):
        values = np.asarray(image, dtype=np.float32)
        low, high = float(values.min()), float(values.max())
        top = 65535.0 if low >= 0 and high > 255 else 255.0
        return Image.fromarray(np.clip(values * (255.0 / top), 0, 255).astype(np.uint8))
    if image.mode in ("LA", "RGBA", "PA") or "transparency" in image.info:
        above = image.convert("RGBA")
        below = Image.new("RGBA", above.size, "white")
        below.alpha_composite(above)
        return below.convert("L")
    return image.convert("L")


def _phash(grey: Image.Image) -> str:
    import imagehash  # noqa: PLC0415 (brings scipy)

    return str(imagehash.phash(grey))
