"""A run as MLflow shows it: what it was told, its curves, and its small files."""

from __future__ import annotations

import logging
import os
import time
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Self

from storage.errors import LooseleafError
from storage.filesystem import exists, join, read_bytes
from training.config import TrainConfig
from training.mlflow_settings import MlflowSettings
from training.run_directory import read_json, write_json
from training.tensorboard import curves

if TYPE_CHECKING:
    from mlflow import MlflowClient

_LOG = logging.getLogger(__name__)
#: The most that MLflow takes at once.
_METRICS, _PARAMETERS, _CHARACTERS = 1000, 100, 500
#: Lines that wait while MLflow does not answer.
_WAITING = 10_000
_FILES = ("config.json", "run.json", "diagnosis.json")


class MlflowLog:
    """Logs one run to MLflow; a run that goes on is the same one there.

    Args:
        client: of the tracking server.
        run_id: MLflow's.
    """

    def __init__(self, client: MlflowClient, run_id: str) -> None:
        self._client, self._run_id = client, run_id
        self._waiting: list[Mapping[str, Any]] = []
        self._warned = False

    @classmethod
    def opened(cls, config: TrainConfig, run: str) -> Self | None:
        """Return the log of a run, if its configuration or `MLFLOW_TRACKING_URI` asks for one.

        Raises:
            LooseleafError: if MLflow is not installed, or its server does not answer.
        """
        settings = config.mlflow or MlflowSettings()
        uri = _uri(config)
        if not uri:
            if config.mlflow is not None:
                raise LooseleafError(
                    "mlflow is asked for, but not where: give mlflow.uri, or set MLFLOW_TRACKING_URI."
                )
            return None
        try:
            from mlflow import MlflowClient  # noqa: PLC0415 - an extra, and slow to import
            from mlflow.exceptions import MlflowException  # noqa: PLC0415
        except ImportError as error:
            raise LooseleafError(
                "MLflow is asked for, but not installed: pip install 'looseleaf[mlflow]', "
                "or leave mlflow and MLFLOW_TRACKING_URI out."
            ) from error
        client = MlflowClient(tracking_uri=uri)
        try:
            return cls(client, _run_there(client, settings.experiment, config, run))
        except MlflowException as error:
            raise LooseleafError(
                f"MLflow at {uri} cannot be logged to ({str(error).splitlines()[0]}); "
                "start its server, or leave mlflow and MLFLOW_TRACKING_URI out."
            ) from error

    def add(self, lines: Sequence[Mapping[str, Any]]) -> None:
        """Log lines of progress; while MLflow does not answer they wait, for training goes on."""
        from mlflow.exceptions import MlflowException  # noqa: PLC0415

        self._waiting = [*self._waiting, *lines][-_WAITING:]
        try:
            self._send()
        except MlflowException as error:
            if not self._warned:
                _LOG.warning("MLflow does not answer (%s); training goes on", str(error).splitlines()[0])
            self._warned = True

    def end(self, run: str, *, complete: bool) -> None:
        """Log the small files of a run and that it ended."""
        from mlflow.exceptions import MlflowException  # noqa: PLC0415

        try:
            self._send()
            for name in _FILES:
                if exists(join(run, name)):
                    self._client.log_text(self._run_id, read_bytes(join(run, name)).decode(), name)
            self._client.set_terminated(self._run_id, "FINISHED" if complete else "KILLED")
        except MlflowException as error:
            _LOG.warning("MLflow was not told how %s ended (%s)", run, str(error).splitlines()[0])

    def _send(self) -> None:
        from mlflow.entities import Metric  # noqa: PLC0415

        now = int(time.time() * 1000)
        metrics = [
            Metric(name.replace("/", "."), value, now, line["step"])
            for line in self._waiting
            for name, value in curves(line).items()
        ]
        for start in range(0, len(metrics), _METRICS):
            self._client.log_batch(self._run_id, metrics=metrics[start : start + _METRICS])
        self._waiting = []


def log_table(config: TrainConfig, run: str, table: Mapping[str, Mapping[str, Any]]) -> None:
    """Log the numbers of an evaluation as `evaluation.ROW.NUMBER`, if the run was logged to MLflow.

    Args:
        config: of the run.
        run: folder or URL.
        table: rows of numbers by name.
    """
    uri = _uri(config)
    if not uri or not exists(join(run, "mlflow.json")):
        return
    from mlflow import MlflowClient  # noqa: PLC0415
    from mlflow.entities import Metric  # noqa: PLC0415
    from mlflow.exceptions import MlflowException  # noqa: PLC0415

    now = int(time.time() * 1000)
    measured = curves({"evaluation": {row: {**numbers, "slices": {}} for row, numbers in table.items()}})
    metrics = [Metric(name.replace("/", "."), value, now, config.steps) for name, value in measured.items()]
    try:
        client, run_id = MlflowClient(tracking_uri=uri), str(read_json(run, "mlflow.json")["run_id"])
        for start in range(0, len(metrics), _METRICS):
            client.log_batch(run_id, metrics=metrics[start : start + _METRICS])
    except MlflowException as error:
        _LOG.warning("MLflow was not told of the evaluation of %s (%s)", run, str(error).splitlines()[0])


def _uri(config: TrainConfig) -> str | None:
    return (config.mlflow or MlflowSettings()).uri or os.environ.get("MLFLOW_TRACKING_URI")


def _run_there(client: MlflowClient, experiment: str, config: TrainConfig, run: str) -> str:
    """Return MLflow's id of a run, which is made there unless it goes on."""
    if exists(join(run, "mlflow.json")):
        known = str(read_json(run, "mlflow.json")["run_id"])
        client.update_run(known, status="RUNNING")
        return known
    found = client.get_experiment_by_name(experiment)
    number = client.create_experiment(experiment) if found is None else found.experiment_id
    name = run.rstrip("/").rsplit("/", 1)[-1]
    made = client.create_run(number, tags={"looseleaf.run": run}, run_name=name)
    run_id = str(made.info.run_id)
    _log_parameters(client, run_id, config)
    write_json(run, {"run_id": run_id, "experiment": experiment}, "mlflow.json")
    return run_id


def _log_parameters(client: MlflowClient, run_id: str, config: TrainConfig) -> None:
    from mlflow.entities import Param  # noqa: PLC0415

    told = _flat(config.model_dump(mode="json"))
    parameters = [Param(name, str(value)[:_CHARACTERS]) for name, value in told.items()]
    for start in range(0, len(parameters), _PARAMETERS):
        client.log_batch(run_id, params=parameters[start : start + _PARAMETERS])


def _flat(values: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, value in values.items():
        found |= _flat(value, f"{prefix}{name}.") if isinstance(value, Mapping) else {prefix + name: value}
    return found
