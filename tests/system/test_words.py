"""Words inside pictures, by both engines, on pictures whose words are known."""

from __future__ import annotations

import pytest

from pipeline.words.rapid import rapidocr
from pipeline.words.stage import read_words
from pipeline.words.tesseract import tesseract
from pipeline.words.word import Engine
from tests.drawn_labels import draw_pictures
from tests.pipeline.words.reading import share_read

PICTURES = 30


@pytest.mark.parametrize("engine", [tesseract(["eng"]), rapidocr()], ids=lambda engine: engine.name)
def test_of_thirty_pictures_95_words_of_a_hundred_come_back(engine: Engine) -> None:
    share, lost = share_read(engine, draw_pictures(PICTURES))
    print(f"{engine.name} {engine.version}: {share:.3f}, lost: {', '.join(lost) or 'none'}")
    assert share >= 0.95, lost


def test_tesseract_reads_upwards_and_white_on_dark() -> None:
    plot, dialog, _ = draw_pictures(3, seed=5)
    upright = {word.text for word in read_words(plot.data, tesseract(["eng"]), 50.0) if word.vertical}
    assert plot.words[1] in upright
    title = [
        word for word in read_words(dialog.data, tesseract(["eng"]), 50.0) if word.text == dialog.words[0]
    ]
    assert len(title) == 1
    assert title[0].top < 26
