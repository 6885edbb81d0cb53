from __future__ import annotations

import io

import pytest
from PIL import Image, ImageDraw

from pipeline.words.regions import Region, sheet_of
from pipeline.words.word import Word
from tests.drawn_labels import draw_pictures


def test_a_word_of_a_turned_region_stands_where_it_was_cut() -> None:
    picture = Image.new("L", (200, 300), 255)
    # An upright bar, as a word that runs upwards would be.
    ImageDraw.Draw(picture).rectangle((20, 100, 31, 179), fill=0)
    region = Region(10, 50, 60, 250, turned=True)
    ink = Image.eval(region.cut(picture), lambda grey: 255 - grey).getbbox()
    assert ink is not None
    left, top, right, bottom = ink
    assert right - left == 80
    back = region.back(Word("bar", 90.0, left, top, right - left, bottom - top))
    assert (back.left, back.top, back.width, back.height) == (20, 100, 12, 80)
    assert back.vertical


def test_an_axis_label_and_a_title_bar_are_found() -> None:
    plot, dialog, _ = (Image.open(io.BytesIO(drawn.data)).convert("L") for drawn in draw_pictures(3))
    upright = sheet_of(plot)
    assert upright is not None
    assert any(region.turned and region.right < plot.width * 0.15 for _, region in upright.places)
    dark = sheet_of(dialog)
    assert dark is not None
    assert any(region.inverted and region.top == 0 and region.bottom < 40 for _, region in dark.places)


@pytest.mark.parametrize("size", [(1, 1), (7, 300), (300, 7), (64, 64)])
@pytest.mark.parametrize("grey", [0, 128, 255])
def test_plain_pictures_have_none(size: tuple[int, int], grey: int) -> None:
    assert sheet_of(Image.new("L", size, grey)) is None
