"""What artifacts say of stages."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flows.metrics.books import StageFigures, figures
from training.journal import in_words


def _report(**values: Any) -> str:
    return json.dumps([{"what": what.replace("__", "."), "value": value} for what, value in values.items()])


def test_report_of_a_stage_becomes_numbers() -> None:
    report = _report(stage="extract", seconds=48.6, peak_memory=1_000, rows__documents=7, rows__elements=9)
    found = figures([("build a", "extract-report", "What stage extract did", report)])
    assert found == {
        ("build a", "extract"): StageFigures(
            seconds=48.6, peak_memory=1_000, rows={"documents": 7, "elements": 9}
        )
    }


def test_the_newest_of_each_kind_counts() -> None:
    told = [
        ("train r", "train-progress", "Stage train: 5 of 10, loss 0.250; 9 ms", 50.0),
        ("train r", "train-report", "", _report(seconds=3.0, loss=0.5)),
        ("train r", "train-progress", "Stage train: 1 of 10, loss 0.900; 9 ms", 10.0),
        ("train r", "train-report", "", _report(seconds=9.0, loss=0.9)),
    ]
    assert figures(told) == {("train r", "train"): StageFigures(seconds=3.0, progress=0.5, loss=0.5)}
    assert figures(told[:1]) == {("train r", "train"): StageFigures(progress=0.5, loss=0.25)}


def test_stages_with_two_words_and_other_artifacts() -> None:
    told = [
        ("mine d", "embed-run-progress", "", 25.0),
        ("mine d", "train-curves", "", "data:image/svg+xml;base64,"),
        ("mine d", "links", "", "# Links"),
    ]
    assert figures(told) == {("mine d", "embed_run"): StageFigures(progress=0.25)}


@given(st.floats(min_value=-1e6, max_value=1e6, allow_nan=False))
def test_loss_is_found_in_what_a_training_says(loss: float) -> None:
    """The words are those of training itself."""
    line = {
        "loss": loss,
        **dict.fromkeys(("data_seconds", "compute_seconds", "forward_seconds", "backward_seconds"), 1.0),
    }
    found = figures([("r", "train-progress", f"Stage train: 1 of 2, {in_words(line)}", 50.0)])
    assert found["r", "train"].loss == pytest.approx(loss, abs=6e-4)
