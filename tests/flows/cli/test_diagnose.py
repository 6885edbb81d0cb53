"""`looseleaf diagnose` says what was found, the gravest first, and of what."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from flows.cli.main import main
from tests.training.shard_samples import write_samples
from training.config import config_from
from training.evaluate import evaluate_run
from training.loop import train_loop


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("diagnosed")
    config = config_from(
        {"steps": 24, "batch": {"documents": 8}, "model": {"scale": 100}, "similarity_documents": 0}
    )
    train_loop(config, write_samples(folder / "shards", documents=60), str(folder / "run"))
    return folder / "run"


def test_a_fault_comes_first_with_its_remedy(run: Path) -> None:
    result = CliRunner().invoke(main, ["diagnose", str(run)])
    assert result.exit_code == 0
    lines = result.stdout.splitlines()
    assert lines[0] == "At step 24:"
    faults = [line for line in lines if " found: " in line or " suspected: " in line]
    assert any(line.startswith("temperature ") and "scale of the logits" in line for line in faults)
    assert lines.index(faults[-1]) < min(at for at, line in enumerate(lines) if " passed: " in line)
    assert lines[lines.index(faults[0]) + 1].startswith("  ")


def test_after_an_evaluation_it_is_of_held_out_documents(run: Path) -> None:
    evaluate_run(str(run), seeds=1, baselines=False)
    result = CliRunner().invoke(main, ["diagnose", str(run), "--json"])
    found = json.loads(result.stdout)
    assert found["held_out"]["split"] == "test"
    assert sorted(entry["name"] for entry in found["findings"]) == sorted(
        entry["name"] for entry in found["held_out"]["findings"]
    )
    assert CliRunner().invoke(main, ["diagnose", str(run)]).stdout.startswith("On ")


def test_a_run_without_a_diagnosis_is_named(tmp_path: Path) -> None:
    result = CliRunner().invoke(main, ["diagnose", str(tmp_path)])
    assert result.exit_code == 1
    assert "holds no diagnosis" in result.stderr
