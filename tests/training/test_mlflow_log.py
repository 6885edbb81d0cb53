"""What MLflow keeps of a run: settings, curves and small files, in one run however often it goes on."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest

from storage.errors import LooseleafError
from tests.training.shard_samples import write_samples
from training.checkpoint import checkpoint_steps
from training.config import TrainConfig, config_from
from training.evaluate import evaluate_run
from training.loop import train_loop

SETTINGS = {"steps": 6, "checkpoint_every": 2, "batch": {"documents": 8}, "model": {"text_hidden": 8}}


def _config(**changes: Any) -> TrainConfig:
    return config_from({**SETTINGS, **changes})


@pytest.fixture(autouse=True)
def quiet(monkeypatch: pytest.MonkeyPatch) -> None:
    """A store of files is enough, and nothing is reported to anybody."""
    monkeypatch.setenv("MLFLOW_ALLOW_FILE_STORE", "true")
    monkeypatch.setenv("MLFLOW_DISABLE_TELEMETRY", "true")
    monkeypatch.setenv("DO_NOT_TRACK", "true")


def test_a_run_that_goes_on_is_one_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from mlflow import MlflowClient

    shards = write_samples(tmp_path / "shards", documents=24)
    run, store = str(tmp_path / "run"), (tmp_path / "store").as_uri()
    monkeypatch.setenv("MLFLOW_TRACKING_URI", store)
    asked = iter([False, False, True])
    first = train_loop(_config(), shards, run, told=lambda: next(asked))
    assert (first.stopped, checkpoint_steps(run)) == (True, [2, 3])
    client = MlflowClient(tracking_uri=store)
    (found,) = client.search_runs([client.get_experiment_by_name("looseleaf").experiment_id])
    assert found.info.status == "KILLED"
    train_loop(_config(), shards, run)
    (found,) = client.search_runs([client.get_experiment_by_name("looseleaf").experiment_id])
    assert found.info.status == "FINISHED"
    assert found.data.params["batch.documents"] == "8"
    assert found.data.tags["looseleaf.run"] == run
    losses = client.get_metric_history(found.info.run_id, "loss")
    assert [metric.step for metric in losses] == list(range(1, 7))
    assert {"terms.aligned", "grad_norm"} & set(found.data.metrics)
    evaluate_run(run, seeds=1, baselines=False)
    measured = client.get_run(found.info.run_id).data.metrics
    assert "evaluation.unaligned.both.in_doc_auc" in measured
    assert {item.path for item in client.list_artifacts(found.info.run_id)} >= {"config.json", "run.json"}


def test_it_is_asked_for_without_a_place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    shards = write_samples(tmp_path / "shards", documents=24)
    with pytest.raises(LooseleafError, match=r"give mlflow\.uri, or set MLFLOW_TRACKING_URI"):
        train_loop(_config(mlflow={}), shards, str(tmp_path / "run"))


def test_it_is_asked_for_and_not_installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "mlflow", None)
    shards = write_samples(tmp_path / "shards", documents=24)
    told = {"uri": (tmp_path / "store").as_uri()}
    with pytest.raises(LooseleafError, match=r"pip install 'looseleaf\[mlflow\]'"):
        train_loop(_config(mlflow=told), shards, str(tmp_path / "run"))


def test_a_server_that_goes_away_stops_no_training(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    from mlflow import MlflowClient
    from mlflow.exceptions import MlflowException

    shards = write_samples(tmp_path / "shards", documents=24)
    store = (tmp_path / "store").as_uri()
    log, calls = MlflowClient.log_batch, 0

    def sometimes(self: MlflowClient, run_id: str, **given: Any) -> None:
        nonlocal calls
        calls += "metrics" in given
        if "metrics" in given and 2 <= calls <= 3:
            raise MlflowException("down for a minute")
        log(self, run_id, **given)

    monkeypatch.setattr(MlflowClient, "log_batch", sometimes)
    config = _config(mlflow={"uri": store, "experiment": "mine"})
    assert train_loop(config, shards, str(tmp_path / "run")).steps == 6
    assert "MLflow does not answer (down for a minute)" in caplog.text
    client = MlflowClient(tracking_uri=store)
    (found,) = client.search_runs([client.get_experiment_by_name("mine").experiment_id])
    # What waited came later, and nothing is missing.
    assert [m.step for m in client.get_metric_history(found.info.run_id, "loss")] == list(range(1, 7))
