"""Emoji documents, on a sheet that is made up."""

from __future__ import annotations

import io

import numpy as np
from PIL import Image

from flows.bench.emoji import Emoji, cell, draw_documents, parse_emoji

_ROW = {"name": "CAT", "short_name": "cat", "category": "animal", "sheet_x": 1, "sheet_y": 2}


def test_only_what_every_vendor_draws_is_read() -> None:
    rows = [
        {**_ROW, "has_img_apple": True, "has_img_google": True},
        {**_ROW, "name": "DOG", "has_img_apple": True, "has_img_google": False},
    ]
    assert parse_emoji(rows, ("apple", "google")) == [Emoji("cat", "animal", 1, 2)]


def test_a_cell_is_the_emoji_alone_on_white() -> None:
    sheet = Image.new("RGBA", (3 * 34, 4 * 34), "blue")
    sheet.paste((0, 0, 0, 0), (35, 69, 67, 101))
    sheet.paste((255, 0, 0, 255), (43, 77, 59, 93))
    picture = np.asarray(Image.open(io.BytesIO(cell(sheet, Emoji("cat", "animal", 1, 2)))))
    assert picture.shape == (64, 64, 3)
    assert picture[0, 0].tolist() == [255, 255, 255]
    assert picture[32, 32].tolist() == [255, 0, 0]


def test_splits_share_no_concept_and_no_vendor() -> None:
    emoji = [Emoji(f"thing {i} of {t}", f"theme-{t}", i, t) for t in range(4) for i in range(60)]
    drawn = draw_documents(emoji, 200, seed=0)
    trained = [one for one in drawn if one.split == "train"]
    seen = {int(i) for one in trained for i in (*one.shown, *one.named)}
    styles = {vendor for one in trained for vendor in one.vendors}
    for one in drawn:
        assert 2 <= len(one.shown) <= 8
        assert 3 <= len(one.texts) <= 15
        rows, columns = np.nonzero(one.link)
        assert np.array_equal(one.shown[rows], one.named[columns])
        assert len(set(rows.tolist())) == len(rows) < one.link.size
        if one.source == "unseen-concept":
            assert not seen & {int(i) for i in (*one.shown, *one.named)}
            assert set(one.vendors) <= styles
        if one.source == "unseen-vendor":
            assert not styles & set(one.vendors)
            assert {int(i) for i in one.shown} <= set(range(len(emoji)))
