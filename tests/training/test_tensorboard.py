"""What TensorBoard itself reads of a run, also of one that went back to a checkpoint."""

from __future__ import annotations

import uuid
from pathlib import Path
from typing import Any

import fsspec
import pytest
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

from training import segments
from training.tensorboard import EventFiles, curves


def _line(step: int, loss: float) -> dict[str, Any]:
    return {
        "step": step,
        "loss": loss,
        "terms": {"aligned": loss / 2},
        "contrasted": None,
        "warnings": ["no"],
    }


def _lines(first: int, last: int, loss: float = 0.5) -> list[dict[str, Any]]:
    return [_line(step, loss + step) for step in range(first, last + 1)]


def _read(folder: Path, tag: str = "loss") -> list[tuple[int, float]]:
    found = EventAccumulator(str(folder)).Reload()
    return [(event.step, event.value) for event in found.Scalars(tag)]


def test_curves_are_the_finite_numbers() -> None:
    line = {**_line(3, 1.0), "grad_norm": float("inf"), "valid_in_doc_auc": 0.7}
    assert curves(line) == {"loss": 1.0, "terms/aligned": 0.5, "valid_in_doc_auc": 0.7}


def test_a_run_that_goes_on_replaces_what_it_repeats(tmp_path: Path) -> None:
    first = EventFiles(str(tmp_path), 0)
    first.add(_lines(1, 4))
    first.add(_lines(5, 7))
    second = EventFiles(str(tmp_path), 5)
    second.add(_lines(6, 9, loss=0.25))
    expected = [(line["step"], line["loss"]) for line in [*_lines(1, 5), *_lines(6, 9, loss=0.25)]]
    assert _read(tmp_path / "tensorboard") == expected
    assert [step for step, _ in _read(tmp_path / "tensorboard", "terms/aligned")] == list(range(1, 10))


@pytest.mark.parametrize("full", [1, 400, 1 << 20])
def test_the_same_from_an_object_store(full: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(segments, "_FULL", full)
    run = f"memory://{uuid.uuid4().hex}"
    first = EventFiles(run, 0)
    for step in range(1, 8):
        first.add(_lines(step, step))
    second = EventFiles(run, 5)
    for step in range(6, 10):
        second.add(_lines(step, step, loss=0.25))
    fsspec.filesystem("memory").get(f"{run}/tensorboard", str(tmp_path / "copy"), recursive=True)
    expected = [(line["step"], line["loss"]) for line in [*_lines(1, 5), *_lines(6, 9, loss=0.25)]]
    assert _read(tmp_path / "copy") == expected
