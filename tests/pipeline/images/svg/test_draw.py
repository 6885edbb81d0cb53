"""Drawings become pictures: what is in them shows, and nothing from outside does."""

from __future__ import annotations

import base64
import gzip
from io import BytesIO

import numpy as np
import pytest
from PIL import Image

from pipeline.images.svg.draw import svg_to_png
from pipeline.images.svg.refused import SvgRefusedError

PIXELS = 64_000_000
HEAD = 'xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink"'
SQUARE = '<rect width="50" height="50"/>'


def drawn(text: str | bytes) -> np.ndarray:
    png = svg_to_png(text.encode() if isinstance(text, str) else text, PIXELS)
    return np.asarray(Image.open(BytesIO(png)).convert("RGB"))


def svg(inside: str, attributes: str = 'width="100" height="100"') -> str:
    return f"<svg {HEAD} {attributes}>{inside}</svg>"


def dark(pixels: np.ndarray) -> float:
    """The share of dark pixels."""
    return float((pixels.min(axis=2) < 128).mean())


def png_of(colour: str) -> bytes:
    buffer = BytesIO()
    Image.new("RGB", (50, 50), colour).save(buffer, "PNG")
    return buffer.getvalue()


def data_url(data: bytes, mime: str = "image/png") -> str:
    return f"data:{mime};base64,{base64.b64encode(data).decode()}"


@pytest.mark.parametrize(
    ("attributes", "size"),
    [
        ('width="800" height="600"', (800, 600)),
        ('width="8in" height="576pt"', (768, 768)),
        ('width="10cm" viewBox="0 0 2 1"', (512, 256)),
        ('height="1000" viewBox="0 0 1 2"', (500, 1000)),
        ('viewBox="0 0 700 350"', (700, 350)),
        ('width="100%" height="100%" viewBox="-5,-5,700,350"', (700, 350)),
        ('style="width: 640px; height:480px"', (640, 480)),
        ("", (512, 256)),
        ('width="100" height="50"', (512, 256)),
        ('width="24" height="24" viewBox="0 0 512 512"', (24, 24)),
        ('width="90" height="20"', (90, 20)),
        ('width="100000" height="50000"', (2048, 1024)),
    ],
)
def test_a_drawing_gets_a_sensible_size(attributes: str, size: tuple[int, int]) -> None:
    pixels = drawn(svg(SQUARE, attributes))
    assert pixels.shape[1::-1] == size


def test_the_limit_of_pixels_holds() -> None:
    picture = Image.open(BytesIO(svg_to_png(svg(SQUARE, 'width="2000" height="1000"').encode(), 20_000)))
    assert picture.size == (200, 100)


@pytest.mark.parametrize("attributes", ['width="1e8" height="1"', 'width="1" height="1e8"'])
def test_a_drawing_without_room_is_refused(attributes: str) -> None:
    with pytest.raises(SvgRefusedError, match="no size"):
        drawn(svg(SQUARE, attributes))


def test_without_a_view_box_what_is_drawn_grows_with_the_picture() -> None:
    assert dark(drawn(svg(SQUARE))) == pytest.approx(0.25, abs=0.01)


def test_it_stands_on_white() -> None:
    assert (drawn(svg("")) == 255).all()


@pytest.mark.parametrize("family", ["Arial, Helvetica", "sans-serif", "serif", "monospace", "No Such Font"])
def test_letters_show_whatever_fonts_the_machine_has(family: str) -> None:
    text = f'<text x="5" y="60" font-size="40" font-family="{family}">WxÄ°Δ</text>'
    assert 0.02 < dark(drawn(svg(text))) < 0.5


def test_the_same_bytes_give_the_same_picture() -> None:
    text = svg('<text x="5" y="60" font-size="20">same</text>').encode()
    assert svg_to_png(text, PIXELS) == svg_to_png(text, PIXELS)


@pytest.mark.parametrize(
    "piece",
    [
        '<svg width="100" height="100"><rect width="50" height="50"></rect></svg>',
        '<svg width="100" height="100" aria-label="a &amp; b"><rect width="50" height="50"></rect>'
        "<title>a&nbsp;b</title></svg>",
        '<svg xmlns:xlink="http://www.w3.org/1999/xlink" width="100" height="100">'
        '<rect id="r" width="50" height="50"></rect></svg>',
        '<svg width="100" height="100"><defs><rect id="r" width="50" height="50"></rect></defs>'
        '<use xlink:href="#r"></use></svg>',
        f"<!-- a comment --><?xml-stylesheet href='x.css'?>{svg(SQUARE)}",
        "<?xml version='1.0'?><!DOCTYPE svg PUBLIC '-//W3C//DTD SVG 1.1//EN' "
        f"'http://www.w3.org/Graphics/SVG/1.1/DTD/svg11.dtd'>{svg(SQUARE)}",
        "<?xml version='1.0'?><!DOCTYPE svg [<!ENTITY ns 'http://www.w3.org/2000/svg'>]>"
        f"<svg xmlns='&ns;' width='100' height='100'>{SQUARE}</svg>",
        f'<s:svg xmlns:s="http://www.w3.org/2000/svg" width="100" height="100">{SQUARE.replace("<", "<s:")}'
        "</s:svg>",
    ],
)
def test_pieces_of_pages_and_what_programs_write(piece: str) -> None:
    assert dark(drawn(piece)) == pytest.approx(0.25, abs=0.01)


def test_compressed_drawings() -> None:
    assert dark(drawn(gzip.compress(svg(SQUARE).encode()))) == pytest.approx(0.25, abs=0.01)


def test_pictures_within_a_drawing_show() -> None:
    image = f'<image width="50" height="50" xlink:href="{data_url(png_of("black"))}"/>'
    assert dark(drawn(svg(image))) == pytest.approx(0.25, abs=0.01)


@pytest.mark.parametrize(
    "inside",
    [
        '<image width="50" height="50" xlink:href="{path}"/>',
        '<image width="50" height="50" href="{path}"/>',
        '<image width="50" height="50" href="file://{path}"/>',
        '<image width="50" height="50" href=" {path} "/>',
        '<image width="50" height="50" xml:base="file:///" href="{path}"/>',
        '<filter id="f"><feImage href="{path}"/></filter><rect width="50" height="50" fill="white" '
        'filter="url(#f)"/>',
        '<image width="50" height="50" href="{nested}"/>',
        '<image width="50" height="50" href="{nested_as_png}"/>',
        '<foreignObject width="50" height="50"><img xmlns="http://www.w3.org/1999/xhtml" src="{path}"/>'
        "</foreignObject>",
        '<style>rect {{ fill: url({path}) }} @import "{path}";</style><rect width="0" height="0"/>',
    ],
)
def test_nothing_outside_the_file_is_looked_at(tmp_path, inside: str) -> None:
    path = tmp_path / "secret.png"
    path.write_bytes(png_of("black"))
    outer = svg(f'<image width="100" height="100" xlink:href="{path}"/>').encode()
    nested, nested_as_png = data_url(outer, "image/svg+xml"), data_url(outer)
    pixels = drawn(svg(inside.format(path=path, nested=nested, nested_as_png=nested_as_png)))
    assert dark(pixels) == 0.0


def test_the_secret_would_show_were_it_let_in(tmp_path) -> None:
    """The test above can fail: the library itself opens files."""
    import resvg_py

    path = tmp_path / "secret.png"
    path.write_bytes(png_of("black"))
    text = svg(f'<image width="50" height="50" xlink:href="{path}"/>')
    picture = Image.open(BytesIO(bytes(resvg_py.svg_to_bytes(svg_string=text, background="white"))))
    assert dark(np.asarray(picture.convert("RGB"))) > 0.2


@pytest.mark.parametrize(
    "declared",
    [
        '<!ENTITY a SYSTEM "file:///etc/passwd">',
        '<!ENTITY a PUBLIC "x" "http://127.0.0.1/x">',
        '<!ENTITY % p SYSTEM "http://127.0.0.1/x"> %p;',
        '<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">',
        f'<!ENTITY a "{"x" * 1000}">',
    ],
)
def test_entities_that_leak_or_explode_are_refused(declared: str) -> None:
    text = f"<!DOCTYPE svg [{declared}]>{svg('<text>&a;</text>')}"
    for data in (text.encode(), text.encode("utf-16")):
        with pytest.raises(SvgRefusedError) as caught:
            drawn(data)
        assert caught.value.rule == "svg_entities"


def test_a_picture_bomb_within_a_drawing_is_refused() -> None:
    buffer = BytesIO()
    Image.new("1", (10_000, 10_000)).save(buffer, "PNG")
    with pytest.raises(SvgRefusedError) as caught:
        drawn(svg(f'<image width="50" height="50" href="{data_url(buffer.getvalue())}"/>'))
    assert (caught.value.rule, caught.value.value) == ("too_many_pixels", 1e8)


def test_a_compressed_bomb_is_refused() -> None:
    with pytest.raises(SvgRefusedError) as caught:
        drawn(gzip.compress(svg(" " * 70_000_000).encode()))
    assert caught.value.rule == "svg_too_large"


@pytest.mark.parametrize(
    "text", ["", "<svg", "<html><svg/></html>", "\x00<svg>", "<svg " + HEAD, svg(SQUARE)[:-9]]
)
def test_what_is_no_drawing_is_undecodable(text: str) -> None:
    with pytest.raises(SvgRefusedError) as caught:
        drawn(text)
    assert caught.value.rule == "undecodable"
