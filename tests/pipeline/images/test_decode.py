import struct
import zlib
from io import BytesIO

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from pipeline.images.decode import Measured, Refused, measure, sniff

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
        (b"\x00\x00\x00\x1cftypavif", "avif"),
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
