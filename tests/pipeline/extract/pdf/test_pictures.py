"""Figures: images and drawings as pictures, and their captions."""

from __future__ import annotations

import hashlib
import io
from pathlib import Path

from PIL import Image
from reportlab.pdfgen.canvas import Canvas

from tests.pipeline.extract.pdf.reading import FULL, of_kind, read, texts
from tests.pipeline.extract.pdf.sheets import (
    HEIGHT,
    MARGIN,
    WIDTH,
    picture,
    place,
    plot,
    prose,
    sheets,
    write,
)


def test_figures_have_the_captions_printed_below_them() -> None:
    colors = ((200, 30, 30), (30, 200, 30))

    def draw(canvas: Canvas) -> None:
        write(canvas, prose("Before"), MARGIN, 790, FULL)
        for index, color in enumerate(colors):
            place(canvas, picture(color), (MARGIN, 560 - 220 * index, 180, 120))
            canvas.setFont("Times-Roman", 9)
            canvas.drawString(MARGIN, 545 - 220 * index, f"Figure {index + 1}: Colour {index}.")
        write(canvas, prose("After"), MARGIN, 260, FULL)

    document = read(sheets(draw))
    images = of_kind(document, "image")
    captions = [one for one in document.elements if one.caption_of is not None]
    assert [one.text for one in captions] == ["Figure 1: Colour 0.", "Figure 2: Colour 1."]
    assert [one.caption_of for one in captions] == [one.position for one in images]
    assert [one.figure for one in captions] == [one.figure for one in images]
    for image, color in zip(images, colors, strict=True):
        assert image.image_id is not None
        pixels = Image.open(io.BytesIO(document.inline_images[image.image_id]))
        assert pixels.size == (120, 80)
        assert pixels.convert("RGB").getpixel((110, 70)) == color


def test_captions_above_are_bound_where_the_document_has_them_above() -> None:
    def draw(canvas: Canvas) -> None:
        canvas.setFont("Times-Roman", 9)
        for index in range(3):
            canvas.drawString(MARGIN, 780 - 150 * index, f"Figure {index + 1}. Above number {index + 1}")
            place(canvas, picture((90 * index, 80, 80)), (MARGIN, 670 - 150 * index, 150, 100))

    document = read(sheets(draw))
    images = of_kind(document, "image")
    bound = [one.caption_of for one in document.elements if one.caption_of is not None]
    assert bound == [one.position for one in images]


def test_one_caption_for_two_pictures_side_by_side() -> None:
    def draw(canvas: Canvas) -> None:
        place(canvas, picture((200, 30, 30)), (MARGIN, 600, 150, 100))
        place(canvas, picture((30, 30, 200)), (MARGIN + 160, 600, 150, 100))
        write(canvas, "Figure 7: Left and right.", MARGIN, 585, FULL, size=9)
        write(canvas, prose("After"), MARGIN, 500, FULL)

    document = read(sheets(draw))
    first, second = of_kind(document, "image")
    (caption,) = [one for one in document.elements if one.caption_of is not None]
    assert caption.caption_of == first.position
    assert first.figure == second.figure == caption.figure


def test_a_sentence_that_begins_with_a_figure_is_no_caption() -> None:
    sentence = "Figure 3 shows that the stress near the hole is " + prose("three", 40)

    def draw(canvas: Canvas) -> None:
        place(canvas, picture((200, 30, 30)), (MARGIN, 600, 150, 100))
        write(canvas, sentence, MARGIN, 480, FULL)

    document = read(sheets(draw))
    assert all(one.caption_of is None for one in document.elements)
    assert texts(document) == [sentence]


def test_a_drawing_is_a_rendered_picture_with_its_words() -> None:
    def draw(canvas: Canvas) -> None:
        write(canvas, prose("Before"), MARGIN, 780, FULL)
        plot(canvas, 150, 450, 240, 160)
        write(canvas, "Figure 1: Force over displacement.", MARGIN, 415, FULL, size=9)
        write(canvas, prose("After"), MARGIN, 380, FULL)

    document = read(sheets(draw))
    (image,) = of_kind(document, "image")
    assert image.alt is not None
    assert "displacement [mm]" in image.alt
    assert "force [kN]" in image.alt
    assert texts(document) == [prose("Before"), "Figure 1: Force over displacement.", prose("After")]
    assert document.elements[2].caption_of == image.position
    assert image.image_id is not None
    pixels = Image.open(io.BytesIO(document.inline_images[image.image_id])).convert("L")
    # All of it is in the picture, at 150 dots per inch, and nothing around it.
    assert abs(pixels.width - (240 + 45) * 150 / 72) < 60
    assert pixels.getextrema()[0] < 60


def test_an_image_with_axes_is_one_picture_with_its_numbers() -> None:
    def draw(canvas: Canvas) -> None:
        write(canvas, prose("Before"), MARGIN, 780, FULL)
        place(canvas, picture((30, 60, 200)), (150, 500, 200, 150))
        canvas.rect(150, 500, 200, 150)
        canvas.setFont("Helvetica", 7)
        for step in range(5):
            canvas.line(150 + 50 * step, 496, 150 + 50 * step, 500)
            canvas.drawCentredString(150 + 50 * step, 487, str(20 * step))
            canvas.line(146, 500 + 37 * step, 150, 500 + 37 * step)
            canvas.drawRightString(144, 498 + 37 * step, str(10 * step))
        write(canvas, prose("After"), MARGIN, 420, FULL)

    document = read(sheets(draw))
    assert [one.kind for one in document.elements] == ["text", "image", "text"]
    numbers = [*range(0, 50, 10), *range(0, 100, 20)]
    assert sorted(map(int, (document.elements[1].alt or "").split())) == sorted(numbers)


def test_a_framed_image_keeps_its_own_pixels() -> None:
    def draw(canvas: Canvas) -> None:
        place(canvas, picture((30, 60, 200)), (150, 500, 200, 150))
        canvas.rect(149, 499, 202, 152)

    document = read(sheets(draw))
    (image,) = of_kind(document, "image")
    assert image.image_id is not None
    assert Image.open(io.BytesIO(document.inline_images[image.image_id])).size == (120, 80)


def test_frames_and_rules_are_no_pictures() -> None:
    def draw(canvas: Canvas) -> None:
        canvas.roundRect(MARGIN - 5, 640, FULL + 10, 80, 4)
        write(canvas, prose("Framed", 30), MARGIN, 700, FULL)
        canvas.line(MARGIN, 600, WIDTH - MARGIN, 600)
        canvas.setFillGray(0.9)
        canvas.rect(MARGIN, 500, FULL, 60, stroke=0, fill=1)
        canvas.setFillGray(0)
        write(canvas, prose("Shaded", 30), MARGIN + 4, 540, FULL - 8)

    document = read(sheets(draw))
    assert of_kind(document, "image") == []
    assert texts(document) == [prose("Framed", 30), prose("Shaded", 30)]


def test_jpeg_bytes_are_kept_as_they_are(tmp_path: Path) -> None:
    path = tmp_path / "a.jpg"
    picture((10, 120, 200)).save(path, "JPEG")

    def draw(canvas: Canvas) -> None:
        # reportlab puts a JPEG file into the PDF as it is.
        canvas.drawImage(str(path), MARGIN, 500, 180, 120)

    (image,) = of_kind(read(sheets(draw)), "image")
    assert image.image_id == hashlib.sha256(path.read_bytes()).hexdigest()


def test_a_scanned_page_is_a_picture_and_says_so() -> None:
    def draw(canvas: Canvas) -> None:
        place(canvas, picture((230, 230, 220), (600, 850)), (0, 0, WIDTH, HEIGHT))

    document = read(sheets(draw))
    assert [one.kind for one in document.elements] == ["image"]
    (reason,) = document.left_out
    assert reason.rule == "no_text"


def test_words_on_a_picture_that_fills_the_page_are_text() -> None:
    def draw(canvas: Canvas) -> None:
        place(canvas, picture((230, 230, 220), (600, 850)), (0, 0, WIDTH, HEIGHT))
        write(canvas, prose("Over"), MARGIN, 700, FULL)

    document = read(sheets(draw))
    assert [one.kind for one in document.elements] == ["image", "text"]
