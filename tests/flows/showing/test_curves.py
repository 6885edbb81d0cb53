"""A training's picture: drawn of what is there, in bounds, a line read once."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from xml.etree import ElementTree

from flows.showing import curves as module
from flows.showing.curves import Curves


def written(path: Path, steps: range) -> None:
    with path.open("a") as file:
        for step in steps:
            line = {"step": step, "loss": 4.0 / step, "scale": 14.0, "lr": 1e-3, "terms": {"x": 1.0}}
            file.write(json.dumps(line | ({"valid_in_doc_auc": 0.6} if step % 50 == 0 else {})) + "\n")


def drawing(uri: str) -> ElementTree.Element:
    kind, _, data = uri.partition(",")
    assert kind == "data:image/svg+xml;base64"
    return ElementTree.fromstring(base64.b64decode(data))


def titles(picture: ElementTree.Element) -> list[str | None]:
    return [
        text.text for text in picture.iter("{http://www.w3.org/2000/svg}text") if text.get("class") == "title"
    ]


def test_nothing_is_drawn_of_nothing(tmp_path: Path) -> None:
    assert Curves(str(tmp_path / "run")).picture() is None


def test_the_picture_is_one_svg_of_all_curves_that_are_there(tmp_path: Path) -> None:
    drawn = Curves(str(tmp_path))
    written(tmp_path / "progress.jsonl", range(1, 40))
    first = drawn.picture()
    assert first is not None
    assert titles(drawing(first)) == ["Loss", "Scale of the logits", "Learning rate"]
    written(tmp_path / "progress.jsonl", range(40, 60))
    second = drawn.picture()
    assert second is not None
    assert titles(drawing(second)) == ["Loss", "Validation AUC", "Scale of the logits", "Learning rate"]


def test_a_line_is_read_once_and_a_half_one_later(tmp_path: Path) -> None:
    path = tmp_path / "progress.jsonl"
    drawn = Curves(str(tmp_path))
    written(path, range(1, 10))
    with path.open("a") as file:
        file.write('{"step": 10, "lo')
    drawn.picture()
    assert [line["step"] for line in drawn._lines] == list(range(1, 10))
    with path.open("a") as file:
        file.write('ss": 0.4}\n')
    drawn.picture()
    assert [line["step"] for line in drawn._lines] == list(range(1, 11))


def test_a_run_that_goes_on_at_a_checkpoint_is_drawn_anew(tmp_path: Path) -> None:
    path = tmp_path / "progress.jsonl"
    drawn = Curves(str(tmp_path))
    written(path, range(1, 100))
    drawn.picture()
    path.unlink()
    written(path, range(1, 51))
    drawn.picture()
    assert [line["step"] for line in drawn._lines] == list(range(1, 51))


def test_a_long_run_is_no_larger(tmp_path: Path) -> None:
    drawn = Curves(str(tmp_path))
    sizes = []
    for start in range(1, 20_001, 5000):
        written(tmp_path / "progress.jsonl", range(start, start + 5000))
        picture = drawn.picture()
        assert picture is not None
        sizes.append(len(picture))
    assert len(drawn._lines) <= 2 * module._POINTS
    assert drawn._lines[-1]["step"] == 20_000
    assert max(sizes) < 60_000
