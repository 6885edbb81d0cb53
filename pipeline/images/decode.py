"""Decodes an image that nobody vouches for, and measures it."""

from __future__ import annotations

import struct
import warnings
import zlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from io import BytesIO

import numpy as np
from PIL import Image, ImageStat

from pipeline.images.svg.refused import SvgRefusedError
from pipeline.isolation.call import IsolationError, Limits, isolated
from storage.pictures import upright

_MAGIC = (
    (b"\x89PNG\r\n\x1a\n", "png"),
    (b"\xff\xd8\xff", "jpeg"),
    (b"GIF87a", "gif"),
    (b"GIF89a", "gif"),
    (b"BM", "bmp"),
    (b"II*\x00", "tiff"),
    (b"MM\x00*", "tiff"),
    (b"II+\x00", "tiff"),
    (b"MM\x00+", "tiff"),
    (b"%PDF", "pdf"),
    (b"%!PS", "postscript"),
    (b"\x00\x00\x01\x00", "ico"),
    (b"\x00\x00\x02\x00", "cursor"),
    (b"\xd7\xcd\xc6\x9a", "wmf"),
    (b"8BPS", "psd"),
    (b"\xff\x0a", "jpeg-xl"),
    (b"\x00\x00\x00\x0cJXL ", "jpeg-xl"),
    (b"\x00\x00\x00\x0cjP  ", "jpeg-2000"),
    (b"\xff\x4f\xff\x51", "jpeg-2000"),
    (b"PK\x03\x04", "zip"),
)
_HEIC = frozenset({b"heic", b"heix", b"hevc", b"hevx", b"heim", b"heis", b"mif1", b"msf1"})
_AVIF = frozenset({b"avif", b"avis"})
_GZIP = b"\x1f\x8b"
_BRANDS_END = 64
#: Comments and document types may stand before the root of a drawing.
_SNIFFED = 65_536
_SPACE = b"\xef\xbb\xbf\xff\xfe \t\r\n\0"
_SMALL = 32
#: The first 8 rows of the DCT-II of 32 values, not normalised.
_COSINES = 2 * np.cos(np.pi * np.outer(np.arange(8), 2 * np.arange(_SMALL) + 1) / (2 * _SMALL))
_DRAW = "pipeline.images.svg.draw:svg_to_png"
#: What one drawing may take.
DRAWING_LIMITS = Limits(seconds=20.0, memory=512)
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
    raster: bytes | None = None  # a drawing as PNG, which is what was measured


@dataclass(frozen=True)
class Refused:
    """Why an image is not kept: rule, what was measured, the threshold, a sentence."""

    rule: str
    value: float | None
    threshold: float | None
    detail: str


def sniff(data: bytes) -> str:
    """Return the format that the bytes begin like, whatever their name says; `unknown` if none is known.

    What begins as one format and holds another is the first: nothing else is tried on it.
    """
    for magic, name in _MAGIC:
        if data.startswith(magic):
            return name
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return "webp"
    if data[:4] == b"\x01\x00\x00\x00" and data[40:44] == b" EMF":
        return "emf"
    if data[4:8] == b"ftyp":
        return _sniff_brands(data[8 : min(int.from_bytes(data[:4], "big"), _BRANDS_END)])
    if data.startswith(_GZIP):
        return "svg" if _sniff_text(_unpacked_head(data)) == "svg" else "gzip"
    return _sniff_text(data[:_SNIFFED])


def _sniff_brands(brands: bytes) -> str:
    """Name a file of the family of MP4 by its brands: the major one, four bytes of version, the others."""
    named = {brands[at : at + 4] for at in range(0, len(brands), 4) if at != 4}
    if named & _AVIF:
        return "avif"
    return "heic" if named & _HEIC else "unknown"


def _sniff_text(start: bytes) -> str:
    head = start.lstrip(_SPACE).replace(b"\0", b"").lower()
    if head.startswith((b"<!doctype html", b"<html")):
        return "html"
    return "svg" if head.startswith(b"<") and b"<svg" in head else "unknown"


def _unpacked_head(data: bytes) -> bytes:
    try:
        return zlib.decompressobj(zlib.MAX_WBITS | 16).decompress(data, _SNIFFED)
    except zlib.error:
        return b""


def measure(data: bytes, formats: Sequence[str], max_pixels: int) -> Measured | Refused:
    """Decode an image and measure it upright; of an animation the first frame, of a drawing its raster.

    Args:
        data: the file's bytes.
        formats: formats that are decoded at all, as `sniff` names them.
        max_pixels: larger images are refused from their header, before a pixel is decoded.
    """
    kind = sniff(data)
    if kind not in formats:
        return Refused("format", None, None, f"the bytes are {kind}, which is not among images.formats")
    if kind != "svg":
        return _measure(data, kind, max_pixels)
    raster = rasterise(data, max_pixels)
    if isinstance(raster, Refused):
        return raster
    measured = _measure(raster, "png", max_pixels)
    if isinstance(measured, Refused):
        return measured
    return replace(measured, mime="image/svg+xml", raster=raster)


def rasterise(data: bytes, max_pixels: int) -> bytes | Refused:
    """Return a drawing (SVG) as PNG, drawn in a child process, or why it is not drawn."""
    try:
        return bytes(isolated(_DRAW, DRAWING_LIMITS)(data, max_pixels))
    except (SvgRefusedError, IsolationError) as error:
        return Refused(error.rule, error.value, error.threshold, error.detail)


def _measure(data: bytes, kind: str, max_pixels: int) -> Measured | Refused:
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
        grey = grey_of(upright(image))
    except Image.DecompressionBombError as error:
        return Refused("too_many_pixels", None, float(max_pixels), str(error))
    except _BROKEN as error:
        return Refused("undecodable", None, None, f"{kind}: {error}"[:300])
    return Measured(
        mime=f"image/{kind}",
        width=grey.width,
        height=grey.height,
        phash=hash_of(grey),
        contrast=float(ImageStat.Stat(grey).stddev[0]),
    )


def grey_of(image: Image.Image) -> Image.Image:
    """Return the image in 8-bit grey, on white where it is transparent."""
    if image.mode.startswith(("I", "F")):
        values = np.asarray(image, dtype=np.float32)
        low, high = float(values.min()), float(values.max())
        top = 65535.0 if low >= 0 and high > 255 else 255.0
        return Image.fromarray(np.clip(values * (255.0 / top), 0, 255).astype(np.uint8))
    if image.mode in ("LA", "RGBA", "PA") or "transparency" in image.info:
        above = image.convert("RGBA")
        opaque = above.getchannel("A")
        if opaque.getextrema() == (255, 255):
            return above.convert("L")
        return Image.composite(above.convert("L"), Image.new("L", above.size, 255), opaque)
    return image.convert("L")


def hash_of(grey: Image.Image) -> str:
    """Return the perceptual hash of a grey image: 64 bits as 16 hexadecimal digits.

    Bit for bit imagehash's `phash`: which of the 8 x 8 lowest frequencies (DCT-II of the image at 32 x 32)
    are above their median. Computing those frequencies alone takes less time than all of them.
    """
    small = grey.resize((_SMALL, _SMALL), Image.Resampling.LANCZOS)
    frequencies = _COSINES @ np.asarray(small, dtype=np.float64) @ _COSINES.T
    return np.packbits(frequencies > np.median(frequencies)).tobytes().hex()
