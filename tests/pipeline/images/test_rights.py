from __future__ import annotations

import io
import random
import struct
from typing import Any

import pytest
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from pipeline.images.rights import Rights, rights_of

XMP = """<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF><rdf:Description>
<cc:license rdf:resource="https://creativecommons.org/licenses/by/4.0/"/>
<dc:rights><rdf:Alt><rdf:li xml:lang="x-default">&#169; 2024 A. &amp; B.</rdf:li></rdf:Alt></dc:rights>
</rdf:Description></rdf:RDF></x:xmpmeta>"""


def encoded(form: str, **more: Any) -> bytes:
    buffer = io.BytesIO()
    Image.new("RGB", (16, 12), "red").save(buffer, form, **more)
    return buffer.getvalue()


def exif() -> Image.Exif:
    found = Image.Exif()
    found[0x8298] = "Copyright Example Ltd, CC BY-SA 4.0"
    return found


def png_texts(**texts: str) -> PngInfo:
    info = PngInfo()
    for key, value in texts.items():
        info.add_text(key, value)
    return info


def with_iptc(jpeg: bytes, notice: str) -> bytes:
    """Put an IPTC copyright notice (2:116) into a JPEG, as Photoshop does."""
    record = b"\x1c\x02\x74" + struct.pack(">H", len(notice)) + notice.encode()
    block = b"8BIM\x04\x04\x00\x00" + struct.pack(">I", len(record)) + record + b"\0" * (len(record) % 2)
    payload = b"Photoshop 3.0\x00" + block
    return jpeg[:2] + b"\xff\xed" + struct.pack(">H", len(payload) + 2) + payload + jpeg[2:]


SAID = "Copyright Example Ltd, CC BY-SA 4.0"


@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP", "TIFF"])
def test_exif(form: str) -> None:
    assert rights_of(encoded(form, exif=exif())) == Rights("CC-BY-SA-4.0", SAID, "exif")


@pytest.mark.parametrize("form", ["JPEG", "WEBP"])
def test_xmp(form: str) -> None:
    found = rights_of(encoded(form, xmp=XMP.encode()))
    assert found == Rights("CC-BY-4.0", "© 2024 A. & B.", "xmp")


def test_the_name_of_the_language_is_no_copyright() -> None:
    packet = XMP.replace("&#169; 2024 A. &amp; B.", "x-default")
    assert rights_of(encoded("JPEG", xmp=packet.encode())) == Rights("CC-BY-4.0", None, "xmp")


def test_png_texts() -> None:
    data = encoded("PNG", pnginfo=png_texts(Copyright="B. Example", License="CC0"))
    assert rights_of(data) == Rights("CC0-1.0", "B. Example", "png")


def test_iptc() -> None:
    assert rights_of(with_iptc(encoded("JPEG"), "(c) C. Example")) == Rights(None, "(c) C. Example", "iptc")


def test_several_places_are_named() -> None:
    found = rights_of(encoded("JPEG", xmp=XMP.encode(), exif=exif()))
    assert found == Rights("CC-BY-4.0", "© 2024 A. & B.", "xmp, exif")


def test_nothing_is_stated_and_damaged_files_state_nothing() -> None:
    for form in ("JPEG", "PNG", "GIF", "BMP"):
        assert rights_of(encoded(form)) == Rights()
    assert rights_of(b"") == rights_of(b"no image at all") == Rights()
    draw = random.Random(1)
    for data in (
        encoded("JPEG", xmp=XMP.encode(), exif=exif()),
        with_iptc(encoded("JPEG"), "(c) D. Example"),
    ):
        for _ in range(200):
            broken = bytearray(data[: draw.randint(0, len(data))])
            for _ in range(4):
                if broken:
                    broken[draw.randrange(len(broken))] = draw.randrange(256)
            assert isinstance(rights_of(bytes(broken)), Rights)
