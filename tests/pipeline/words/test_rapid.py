from __future__ import annotations

from pipeline.words.rapid import rapidocr
from pipeline.words.stage import read_words
from tests.drawn_labels import draw_pictures
from tests.pipeline.words.reading import share_read


def test_words_come_back_by_pip_alone() -> None:
    share, lost = share_read(rapidocr(), draw_pictures(6, seed=3))
    assert share >= 0.95, lost


def test_boxes_lie_in_the_picture_where_the_word_is() -> None:
    dialog = list(draw_pictures(2, seed=1))[1]
    words = read_words(dialog.data, rapidocr(), 50.0)
    title = next(word for word in words if word.text == dialog.words[0])
    assert title.top + title.height <= 30
    assert title.left <= 12
    assert all(
        0 <= word.left < word.left + word.width <= 421 and 0 <= word.top < word.top + word.height <= 301
        for word in words
    )
