"""Faults are provoked in real small trainings and named once; healthy trainings are not accused."""

from __future__ import annotations

import json
import logging
import time
from pathlib import Path
from typing import Any

import pytest

import training.loading
from tests.training.shard_samples import write_samples
from training.config import TrainConfig, config_from
from training.diagnosis.diagnose import diagnose_history
from training.diagnosis.diary import Diary
from training.diagnosis.few_documents import few_documents
from training.diagnosis.finding import Finding, judged
from training.diagnosis.measured import History
from training.evaluate import evaluate_run
from training.loop import train_loop

SMALL = {
    "steps": 60,
    "checkpoint_every": 20,
    "similarity_documents": 0,
    "batch": {"documents": 16},
    "optimizer": {"lr": 3e-3},
    "model": {"text_hidden": 0},
}


def _config(**changes: Any) -> TrainConfig:
    return config_from({**SMALL, **changes})


def _faults(run: Path) -> set[str]:
    looks = json.loads((run / "diagnosis.json").read_text())["looks"]
    return {entry["name"] for look in looks for entry in look["findings"] if entry["verdict"] != "passed"}


@pytest.fixture(scope="module")
def shards(tmp_path_factory: pytest.TempPathFactory) -> str:
    return write_samples(tmp_path_factory.mktemp("shards"), documents=120)


@pytest.mark.parametrize("seed", range(4))
def test_a_healthy_training_is_not_accused(shards: str, tmp_path: Path, seed: int) -> None:
    train_loop(_config(seed=seed), shards, str(tmp_path))
    # The time of a step hangs on what else the machine does.
    assert _faults(tmp_path) <= {"loader_bound"}
    evaluate_run(str(tmp_path), seeds=1, baselines=False)
    held_out = json.loads((tmp_path / "diagnosis.json").read_text())["held_out"]
    named = {entry["name"] for entry in held_out["findings"] if entry["verdict"] != "passed"}
    assert named <= {"loader_bound"}
    assert len(held_out["findings"]) >= 12


def test_a_scale_at_its_limit_is_named_once(
    shards: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    lines: list[Any] = []
    with caplog.at_level(logging.WARNING):
        train_loop(_config(model={"text_hidden": 0, "scale": 100}), shards, str(tmp_path), lines.append)
    said = [warning for line in lines for warning in line.get("warnings", []) if "bound is 100" in warning]
    assert len(said) == 1
    assert "temperature" in _faults(tmp_path)
    assert "its bound is 100" in caplog.text


def test_a_slow_loader_is_named(shards: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    load = training.loading.load_step

    def slow(*args: Any, **named: Any) -> Any:
        time.sleep(0.05)
        return load(*args, **named)

    monkeypatch.setattr(training.loading, "load_step", slow)
    train_loop(_config(steps=24, prefetch=0), shards, str(tmp_path))
    assert "loader_bound" in _faults(tmp_path)


def _lines(**columns: Any) -> list[dict[str, Any]]:
    healthy = {"loss": 1.0, "contrasted": 16, "scale": 14.0, "grad_norm": 1.0}
    times = {"data_seconds": 0.001, "compute_seconds": 0.1}
    return [
        {**healthy, **times, "step": step + 1, **{name: series[step] for name, series in columns.items()}}
        for step in range(100)
    ]


def _named(lines: list[dict[str, Any]]) -> set[str]:
    found = diagnose_history(History(_config(), lines))
    return {finding.name for finding in found if finding.verdict != "passed"}


def test_a_course_that_goes_wrong_is_named() -> None:
    assert _named(_lines()) == set()
    assert _named(_lines(loss=[2.77] * 100)) == {"plateau"}
    assert _named(_lines(loss=[3.0 - 0.005 * step for step in range(100)])) == set(), "slow, but it falls"
    assert _named(_lines(grad_norm=[0.1] * 70 + [15.0] * 30)) >= {"gradient_explosion"}
    assert _named(_lines(grad_norm=[50.0] * 100)) == {"clipping"}
    assert _named(_lines(scale=[0.5] * 100)) == {"temperature"}


def test_overfitting_is_named_only_where_the_loss_falls() -> None:
    falling = _lines(loss=[2.0 - 0.015 * step for step in range(100)])
    level = _lines()
    for lines in (falling, level):
        for step, auc in ((10, 0.8), (30, 0.9), (60, 0.8), (99, 0.7)):
            lines[step] |= {"valid_in_doc_auc": auc, "valid_documents": 100}
    assert _named(falling) == {"overfitting"}
    assert _named(level) == set()


def test_too_few_documents() -> None:
    few, enough = few_documents(12, 16), few_documents(200, 16)
    assert few is not None
    assert enough is not None
    assert (few.verdict, enough.verdict) == ("found", "passed")


def _finding(value: float) -> Finding:
    found = judged("temperature", value, 90.0, 99.0, f"it is {value}.", "Lower it.")
    assert found is not None
    return found


def test_a_fault_is_told_when_it_comes_and_when_it_goes(tmp_path: Path) -> None:
    diary = Diary(str(tmp_path), 0)
    told = [diary.look(step, [_finding(value)]) for step, value in enumerate((50, 95, 100, 50), start=1)]
    assert told == [
        [],
        ["temperature suspected: it is 95. Lower it."],
        [],
        ["temperature is gone: it is 50."],
    ]
    # A run that goes on from step 2 stands where it stood.
    assert Diary(str(tmp_path), 2).look(3, [_finding(95)]) == []
