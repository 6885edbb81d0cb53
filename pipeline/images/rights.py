"""The licence and the copyright that an image file states itself: EXIF, XMP, IPTC, PNG text."""

from __future__ import annotations

import html
import re
import struct
import warnings
from dataclasses import dataclass
from io import BytesIO

from PIL import Image, ImageFile, IptcImagePlugin

from pipeline.licenses import creative_commons, license_name

_EXIF_COPYRIGHT = 0x8298
_IPTC_COPYRIGHT = (2, 116)
_MAX = 300
_XMP_LICENSE = (
    re.compile(r"<(?:cc|cc[0-9]*):license\b[^>]*rdf:resource=[\"']([^\"']+)", re.IGNORECASE),
    re.compile(r"\bcc:license=[\"']([^\"']+)", re.IGNORECASE),
    re.compile(r"<xmpRights:WebStatement>([^<]+)", re.IGNORECASE),
    re.compile(r"\bxmpRights:WebStatement=[\"']([^\"']+)", re.IGNORECASE),
    re.compile(r"<xmpRights:UsageTerms>.*?<rdf:li[^>]*>([^<]+)", re.IGNORECASE | re.DOTALL),
)
_XMP_COPYRIGHT = (
    re.compile(r"<dc:rights>.*?<rdf:li[^>]*>([^<]+)", re.IGNORECASE | re.DOTALL),
    re.compile(r"<dc:rights>([^<]+)", re.IGNORECASE),
)
_XMP_KEYS = ("xmp", "XML:com.adobe.xmp")
#: What Pillow raises on metadata that breaks off.
_BROKEN = (
    OSError, ValueError, SyntaxError, EOFError, LookupError, TypeError, AttributeError, OverflowError,
    NotImplementedError, struct.error, Image.DecompressionBombError,
)  # fmt: skip


@dataclass(frozen=True)
class Rights:
    """What a file states, and where (exif, xmp, iptc, png)."""

    license: str | None = None
    copyright: str | None = None
    stated_in: str | None = None


def rights_of(data: bytes) -> Rights:
    """Return what the metadata of an image file say of its rights; nothing where they cannot be read."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            image = Image.open(BytesIO(data))
            found = [_xmp(image), _png(image), _iptc(image), _exif(image)]
    except _BROKEN:
        return Rights()
    stated = [rights for rights in found if rights.license or rights.copyright]
    if not stated:
        return Rights()
    return Rights(
        next((rights.license for rights in stated if rights.license), None),
        next((rights.copyright for rights in stated if rights.copyright), None),
        ", ".join(rights.stated_in for rights in stated if rights.stated_in),
    )


def _xmp(image: Image.Image) -> Rights:
    packet = next((image.info[key] for key in _XMP_KEYS if key in image.info), None)
    if packet is None:
        return Rights()
    # Patterns, not an XML parser: nothing here can be made to expand.
    text = packet.decode("utf-8", "replace") if isinstance(packet, bytes) else str(packet)
    return Rights(license_name(_first(_XMP_LICENSE, text)), _first(_XMP_COPYRIGHT, text), "xmp")


def _png(image: Image.Image) -> Rights:
    if image.format != "PNG":
        return Rights()
    texts = {str(key).lower(): str(value) for key, value in image.info.items() if isinstance(value, str)}
    copyright_ = _short(texts.get("copyright") or texts.get("rights"))
    stated = texts.get("license") or texts.get("licence")
    return Rights(license_name(stated) or creative_commons(copyright_ or ""), copyright_, "png")


def _iptc(image: ImageFile.ImageFile) -> Rights:
    fields = IptcImagePlugin.getiptcinfo(image) or {}
    value = fields.get(_IPTC_COPYRIGHT)
    first = value[0] if isinstance(value, list) and value else value
    text = _short(first.decode("utf-8", "replace") if isinstance(first, bytes) else None)
    return Rights(creative_commons(text or ""), text, "iptc")


def _exif(image: Image.Image) -> Rights:
    # Asked for its EXIF, a PNG would decode all its pixels.
    packed = image.info.get("exif")
    exif = Image.Exif()
    if isinstance(packed, bytes):
        exif.load(packed)
    elif image.format == "TIFF":
        exif = image.getexif()
    value = exif.get(_EXIF_COPYRIGHT)
    text = _short(value if isinstance(value, str) else None)
    return Rights(creative_commons(text or ""), text, "exif")


def _first(patterns: tuple[re.Pattern[str], ...], text: str) -> str | None:
    for pattern in patterns:
        found = pattern.search(text)
        # Some tools write the name of the default language where the text belongs.
        if found is not None and found[1].strip() != "x-default":
            return _short(html.unescape(found[1]))
    return None


def _short(text: str | None) -> str | None:
    bare = " ".join((text or "").replace("\0", " ").split())
    return bare[:_MAX] or None
