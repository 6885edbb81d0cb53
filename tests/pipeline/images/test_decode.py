import gzip
import struct
import zlib
from dataclasses import replace
from io import BytesIO

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from pipeline.images import decode
from pipeline.images.decode import Measured, Refused, measure, sniff
from pipeline.isolation.call import Limits, isolated

FORMATS = ("png", "jpeg", "webp", "gif", "bmp")


def gradient(mode="L", size=(64, 48)):
    values = np.tile(np.linspace(0, 255, size[0]), (size[1], 1)).astype(np.uint8)
    return Image.fromarray(values).convert(mode)


def encoded(image, kind, **options):
    buffer = BytesIO()
    image.save(buffer, kind.upper(), **options)
    return buffer.getvalue()


def check(data, formats=FORMATS, max_pixels=1_000_000):
    return measure(data, formats, max_pixels)


@pytest.mark.parametrize("kind", FORMATS)
def test_each_format_is_found_in_the_bytes(kind):
    found = check(encoded(gradient("RGB"), kind))
    assert isinstance(found, Measured)
    assert (found.mime, found.width, found.height) == (f"image/{kind}", 64, 48)
    assert len(found.phash) == 16
    assert 0 <= int(found.phash, 16) < 2**64
    assert found.contrast == pytest.approx(np.asarray(gradient()).std(), abs=3)


@pytest.mark.parametrize("mode", ["1", "L", "P", "RGB", "RGBA", "LA", "I;16", "I"])
def test_each_mode_is_measured(mode):
    image = gradient() if mode in ("I;16", "I") else gradient(mode)
    if mode in ("I;16", "I"):
        image = Image.fromarray(np.asarray(image).astype(np.uint16) * 257)
    found = check(encoded(image, "png"))
    assert isinstance(found, Measured)
    assert found.contrast > 40


def test_what_is_transparent_counts_as_white():
    blank = Image.new("RGBA", (50, 50), (0, 0, 0, 0))
    found = check(encoded(blank, "png"))
    assert isinstance(found, Measured)
    assert found.contrast == 0.0


def test_an_animation_is_its_first_frame():
    frames = [Image.new("L", (40, 40), shade) for shade in (0, 255, 90)]
    frames[0].paste(255, (0, 0, 20, 40))
    moving = check(encoded(frames[0], "gif", save_all=True, append_images=frames[1:]))
    assert moving == check(encoded(frames[0], "gif"))


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (b"<?xml version='1.0'?>\n<svg xmlns='http://www.w3.org/2000/svg'/>", "svg"),
        (b"<!DOCTYPE html><p>not found</p>", "html"),
        (b"%PDF-1.7", "pdf"),
        (b"<html><body><svg/></body></html>", "html"),
        (b"<p>a page with a drawing</p>" + b" " * 70_000 + b"<svg/>", "unknown"),
        (b"<!--" + b"a licence " * 500 + b"--><svg/>", "svg"),
        ("<svg xmlns='http://www.w3.org/2000/svg'/>".encode("utf-16"), "svg"),
        (gzip.compress(b"<svg/>", mtime=0), "svg"),
        (gzip.compress(b"words", mtime=0), "gzip"),
        (b"\x1f\x8bbroken", "gzip"),
        (b"\x00\x00\x00\x1cftypavif\0\0\0\0mif1miaf", "avif"),
        (b"\x00\x00\x00\x1cftypmif1\0\0\0\0avifmiaf", "avif"),
        (b"\x00\x00\x00\x18ftypheic\0\0\0\0mif1heic", "heic"),
        (b"\x00\x00\x00\x14ftypisom\0\0\0\0mp42", "unknown"),
        (b"\x00\x00\x01\x00\x01\x00", "ico"),
        (b"\x01\x00\x00\x00" + b"\0" * 36 + b" EMF", "emf"),
        (b"\xd7\xcd\xc6\x9a", "wmf"),
        (b"II*\x00", "tiff"),
        (b"8BPS", "psd"),
        (b"\x00\x00\x00\x0cjP  \r\n", "jpeg-2000"),
        (b"\xff\x0a", "jpeg-xl"),
        (b"%!PS-Adobe-3.0 EPSF-3.0", "postscript"),
        (b"", "unknown"),
        (b"nothing that is known", "unknown"),
    ],
)
def test_what_is_no_listed_format_is_refused_by_its_bytes(data, kind):
    assert sniff(data) == kind
    found = check(data)
    assert isinstance(found, Refused)
    assert found.rule == "format"
    assert kind in found.detail


def test_avif_is_decoded_where_it_is_listed():
    data = encoded(gradient("RGB"), "avif")
    assert check(data).rule == "format"
    found = check(data, ("avif",))
    assert (found.mime, found.width, found.height) == ("image/avif", 64, 48)


@pytest.mark.parametrize(
    ("orientation", "size"), [(1, (64, 48)), (3, (64, 48)), (6, (48, 64)), (8, (48, 64))]
)
def test_an_image_is_measured_as_it_is_shown(orientation, size):
    exif = Image.Exif()
    exif[0x0112] = orientation
    image = gradient("RGB")
    back = {
        1: None,
        3: Image.Transpose.ROTATE_180,
        6: Image.Transpose.ROTATE_270,
        8: Image.Transpose.ROTATE_90,
    }
    turned = image if back[orientation] is None else image.transpose(back[orientation])
    found = check(encoded(image, "jpeg", exif=exif, quality=95))
    assert (found.width, found.height) == size
    assert found.phash == check(encoded(turned, "jpeg", quality=95)).phash


def test_broken_notes_do_not_cost_the_image():
    found = check(encoded(gradient("RGB"), "jpeg", exif=b"Exif\0\0II*\0\xff\xff\xff\xff"))
    assert isinstance(found, Measured)


def test_inks_are_measured_as_light():
    found = check(encoded(gradient("CMYK"), "jpeg", quality=95))
    assert found.contrast == pytest.approx(np.asarray(gradient()).std(), abs=3)


DRAWING = (
    b"<svg xmlns='http://www.w3.org/2000/svg' width='640' height='480'>"
    b"<rect width='320' height='480'/><text x='400' y='200' font-size='60'>mesh</text></svg>"
)


def test_a_drawing_is_measured_by_its_raster():
    found = check(DRAWING, ("svg",))
    assert (found.mime, found.width, found.height) == ("image/svg+xml", 640, 480)
    assert replace(found, mime="image/png", raster=None) == check(found.raster)
    assert found.contrast > 100
    assert check(DRAWING).rule == "format"
    assert check(gzip.compress(DRAWING), ("svg",)) == found


NESTED = "".join(f'<g id="g{level + 1}">' + f'<use href="#g{level}"/>' * 10 + "</g>" for level in range(20))
BOMBS = {
    "nested use": f'<g id="g0"><rect width="1" height="1"/></g>{NESTED}<use href="#g20"/>',
    "use of itself": '<g id="a"><use href="#b"/></g><g id="b"><use href="#a"/></g>',
    "depth": "<g>" * 100_000 + "</g>" * 100_000,
    "layers": '<g opacity="0.5">' * 200 + '<rect width="2000" height="2000"/>' + "</g>" * 200,
}


@pytest.mark.parametrize("name", BOMBS)
def test_drawings_that_are_bombs_end_with_a_reason(name):
    text = f'<svg xmlns="http://www.w3.org/2000/svg" width="2000" height="2000">{BOMBS[name]}</svg>'
    found = check(text.encode(), ("svg",))
    assert isinstance(found, Refused)
    assert found.rule in {"undecodable", "crashed", "too_much_memory", "too_slow"}
    assert isinstance(check(DRAWING, ("svg",)), Measured), "the next drawing is drawn"


def test_a_drawing_that_takes_too_long_is_ended(monkeypatch):
    monkeypatch.setattr(decode, "DRAWING_LIMITS", Limits(seconds=1.0, memory=512))
    noise = '<feTurbulence numOctaves="1000" baseFrequency="0.01"/>' * 50
    text = (
        '<svg xmlns="http://www.w3.org/2000/svg" width="2000" height="2000">'
        f'<filter id="f">{noise}</filter>' + '<rect width="2000" height="2000" filter="url(#f)"/></svg>'
    )
    found = check(text.encode(), ("svg",))
    assert (found.rule, found.threshold) == ("too_slow", 1.0)


def test_tiff_is_kept_only_where_it_is_listed():
    data = encoded(gradient(), "tiff")
    assert check(data).rule == "format"
    assert isinstance(check(data, ("tiff",)), Measured)


@pytest.mark.parametrize("kind", FORMATS)
def test_half_an_image_is_undecodable(kind):
    noise = Image.fromarray(np.random.default_rng(0).integers(0, 255, (80, 80, 3), dtype=np.uint8))
    data = encoded(noise, kind)
    found = check(data[: len(data) // 2])
    assert isinstance(found, Refused)
    assert found.rule == "undecodable"


def test_a_bomb_is_refused_from_its_header():
    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = struct.pack(">IIBBBBB", 60_000, 60_000, 1, 0, 0, 0, 0)
    bomb = (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", head)
        + chunk(b"IDAT", zlib.compress(b"\0" * 100))
        + chunk(b"IEND", b"")
    )
    assert check(bomb).rule == "too_many_pixels"
    found = check(encoded(gradient(), "png"), max_pixels=3000)
    assert (found.rule, found.value, found.threshold) == ("too_many_pixels", 64 * 48, 3000)


@pytest.mark.parametrize("seed", range(8))
def test_the_hash_is_that_of_the_library(seed):
    import imagehash

    generator = np.random.default_rng(seed)
    coarse = Image.fromarray(generator.integers(0, 255, (9, 11), dtype=np.uint8))
    image = coarse.resize((300 + seed, 200), Image.Resampling.BICUBIC)
    assert decode.hash_of(image) == str(imagehash.phash(image))


def test_half_transparent_is_half_white():
    half = Image.new("RGBA", (50, 50), (0, 0, 0, 128))
    assert decode.grey_of(half).getextrema() == (127, 127)


def png_with(width, height, pixels, *more):
    """A PNG whose header says `width` by `height`, whatever its pixels are."""

    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    parts = [chunk(b"IHDR", head), *more, chunk(b"IDAT", zlib.compress(pixels)), chunk(b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts)


def test_headers_that_lie():
    """Too few pixels are no image; too many are not unpacked beyond what the header says."""
    assert check(png_with(100, 100, b"\0" * 500)).rule == "undecodable"
    peak = Limits(seconds=20.0, memory=256)
    bomb = png_with(10, 10, b"\0" * 300_000_000)
    assert len(bomb) < 400_000
    found = isolated("pipeline.images.decode:measure", peak)(bomb, ("png",), 1_000_000)
    assert isinstance(found, Refused) or (found.width, found.height) == (10, 10)


def test_notes_that_unpack_to_very_much_cost_no_memory():
    data = b"Comment\0\0" + zlib.compress(b"\0" * 300_000_000)
    note = struct.pack(">I", len(data)) + b"zTXt" + data + struct.pack(">I", zlib.crc32(b"zTXt" + data))
    found = isolated("pipeline.images.decode:measure", Limits(20.0, 256))(
        png_with(10, 10, b"\0" * 110, note), ("png",), 1_000_000
    )
    assert isinstance(found, Measured | Refused)


@pytest.mark.parametrize("tail", [b"<script>alert(1)</script>", b"PK\x03\x04" + b"z" * 50, b"%PDF-1.7"])
def test_a_file_that_is_two_formats_is_the_one_that_it_begins_as(tail):
    for kind in ("png", "jpeg", "gif"):
        data = encoded(gradient("RGB"), kind)
        assert check(data + tail) == check(data)
    assert check(tail + encoded(gradient(), "png")).rule == "format"


@pytest.mark.parametrize("kind", ["gif", "bmp", "png", "jpeg"])
def test_a_page_that_begins_as_an_image_is_none(kind):
    head = {"gif": b"GIF89a", "bmp": b"BM", "png": b"\x89PNG\r\n\x1a\n", "jpeg": b"\xff\xd8\xff"}[kind]
    assert check(head + b"/*<html>*/=1;alert(1)" * 20).rule == "undecodable"


def test_a_copy_in_another_size_and_format_looks_alike():
    image = Image.fromarray(np.asarray(gradient(size=(200, 160))) ^ 90)
    one = check(encoded(image, "png"))
    two = check(encoded(image.resize((100, 80)), "jpeg"))
    assert (int(one.phash, 16) ^ int(two.phash, 16)).bit_count() <= 6


@settings(max_examples=150, deadline=None)
@given(st.sampled_from(FORMATS), st.integers(0, 2000), st.binary(min_size=1, max_size=20))
def test_no_damage_raises(kind, at, noise):
    data = bytearray(encoded(gradient("RGB"), kind))
    at %= len(data)
    data[at : at + len(noise)] = noise
    assert isinstance(check(bytes(data)), Measured | Refused)
