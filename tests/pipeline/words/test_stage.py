from __future__ import annotations

import hashlib
import io
from typing import Any

import pytest
from PIL import Image

from pipeline.recipe import Recipe, recipe_from_dict
from pipeline.runner import execute_here, run_stage
from pipeline.stage import Context
from pipeline.words import rapid, stage, tesseract
from pipeline.words.choose import choose_engine
from pipeline.words.stage import WORDS
from pipeline.words.word import Engine, UnreadableImageError, Word
from storage import tables
from storage.errors import LooseleafError
from storage.queries import run_query
from storage.schemas import table_of


def recipe(**words: Any) -> Recipe:
    source = {"kind": "files", "name": "docs", "root": "/nowhere"}
    return recipe_from_dict({"name": "small", "sources": [source], "words": words})


def png(width: int, height: int, grey: int) -> bytes:
    buffer = io.BytesIO()
    Image.new("L", (width, height), grey).save(buffer, "PNG")
    return buffer.getvalue()


def fill(dataset: str, images: dict[bytes, tuple[int, int]]) -> None:
    rows: list[dict[str, object]] = [
        {"image_id": hashlib.sha256(data).hexdigest(), "bytes": data, "width": width, "height": height}
        for data, (width, height) in images.items()
    ]
    part = tables.write_part(dataset, "images", "images-0a", table_of("images", rows))
    tables.commit(dataset, "images", "images", [part], "b/images")


def run(dataset: str, settings: Recipe) -> dict[str, int]:
    report = run_stage(WORDS, Context(dataset, settings, "b"), execute_here, lambda done, total: None)
    return {"chunks": report.chunks, "skipped": report.skipped, **report.rows}


@pytest.fixture
def engine(monkeypatch: pytest.MonkeyPatch) -> list[tuple[int, int]]:
    """An engine that reads the size of what it is given, and fails on a black picture."""
    asked: list[tuple[int, int]] = []

    def read(image: Image.Image) -> list[Word]:
        asked.append(image.size)
        if image.getpixel((0, 0)) == 0:
            raise UnreadableImageError("It is black.")
        box = (10.0, 20.0, 30.0, 10.0)
        return [Word("sure", 90.0, *box), Word("unsure", 20.0, *box), Word("—", 99.0, *box)]

    monkeypatch.setattr(stage, "choose_engine", lambda settings: Engine("sizes", "1", read))
    return asked


def test_each_image_once_with_boxes_in_its_own_pixels(tmp_path: Any, engine: list[tuple[int, int]]) -> None:
    dataset = str(tmp_path)
    small, large, tiny, black = png(300, 200, 200), png(900, 800, 200), png(20, 400, 200), png(60, 60, 0)
    fill(dataset, {small: (300, 200), large: (900, 800), tiny: (20, 400), black: (60, 60)})
    counts = run(dataset, recipe())
    assert counts == {"chunks": 1, "skipped": 0, "image_words": 2, "rejections": 1}
    # Twice the size for small pictures; those below words.min_side are not read at all.
    assert sorted(engine) == [(120, 120), (600, 400), (900, 800)]
    rows = run_query(dataset, "SELECT * FROM image_words ORDER BY width").to_pylist()
    assert [(row["text"], row["left"], row["top"], row["width"]) for row in rows] == [
        ("sure", 5, 10, 15),
        ("sure", 10, 20, 30),
    ]
    assert {(row["engine"], row["engine_version"]) for row in rows} == {("sizes", "1")}
    (rejection,) = run_query(dataset, "SELECT unit, unit_id, detail FROM rejections").to_pylist()
    assert rejection["unit"] == "image_words"
    assert rejection["unit_id"] == hashlib.sha256(black).hexdigest()
    assert (
        run_query(dataset, "SELECT text, words FROM image_texts").to_pylist()
        == [{"text": "sure", "words": 1}] * 2
    )
    engine.clear()
    assert run(dataset, recipe())["skipped"] == 1
    assert engine == []


def test_another_engine_reads_again(
    tmp_path: Any, engine: list[tuple[int, int]], monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(str(tmp_path), {png(300, 200, 200): (300, 200)})
    run(str(tmp_path), recipe())
    monkeypatch.setattr(stage, "choose_engine", lambda settings: Engine("sizes", "2", lambda image: []))
    assert run(str(tmp_path), recipe())["image_words"] == 0
    assert run_query(str(tmp_path), "SELECT count(*) AS n FROM image_words").to_pylist() == [{"n": 0}]


def test_none_means_none(tmp_path: Any) -> None:
    fill(str(tmp_path), {png(300, 200, 200): (300, 200)})
    assert run(str(tmp_path), recipe(engine="none")) == {
        "chunks": 0, "skipped": 0, "image_words": 0, "rejections": 0,
    }  # fmt: skip


def test_auto_prefers_tesseract_then_rapidocr(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tesseract, "is_installed", lambda: False)
    chosen = choose_engine(recipe().words)
    assert chosen is not None
    assert chosen.name == "rapidocr"
    monkeypatch.setattr(rapid, "is_installed", lambda: False)
    assert choose_engine(recipe().words) is None


def test_a_named_engine_that_is_not_there_is_one_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tesseract, "is_installed", lambda: False)
    with pytest.raises(LooseleafError, match="not installed: install the package tesseract-ocr"):
        choose_engine(recipe(engine="tesseract").words)


def test_a_machine_with_another_engine_says_so(
    tmp_path: Any, engine: list[tuple[int, int]], monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(str(tmp_path), {png(300, 200, 200): (300, 200)})
    context = Context(str(tmp_path), recipe(), "b")
    (chunk,) = WORDS.plan(context)
    monkeypatch.setattr(stage, "choose_engine", lambda settings: None)
    with pytest.raises(LooseleafError, match="sizes 1, but this machine has none"):
        WORDS.process(context, chunk)
