"""What the first worker writes down: a line a step, curves, and looks at held-out documents."""

from __future__ import annotations

import logging
import math
import time
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from storage.filesystem import is_local
from storage.shards import ShardReader
from training.checkpoint import Cursor
from training.claim import Claim
from training.config import TrainConfig
from training.data import document_names
from training.diagnosis.diagnose import diagnose_history
from training.diagnosis.diary import Diary
from training.diagnosis.measured import History
from training.evaluation.watch import Watch, look_is_due
from training.gather import workers
from training.lines import LineWriter, read_lines
from training.mlflow_log import MlflowLog
from training.step import Learner, StepResult
from training.tensorboard import EventFiles

_LOG = logging.getLogger(__name__)
#: Lines that the diagnosis looks back on.
_HISTORY = 20_000
#: How long lines wait at most where nothing can be appended.
_SECONDS = 10.0

Report = Callable[[Mapping[str, Any]], None]


@dataclass(frozen=True)
class Times:
    """What a step waited for; in seconds."""

    waiting: float  # for its batch
    loading: float  # of the batch, most of it while earlier steps computed


def in_words(line: Mapping[str, Any]) -> str:
    """Return what a line of progress says, short: the loss, and what its step spent its time on."""
    whole = max(line["data_seconds"] + line["compute_seconds"], 1e-9)
    names = {"data_seconds": "waiting", "forward_seconds": "forward", "backward_seconds": "backward"}
    split = ", ".join(f"{100 * line[name] / whole:.0f} % {said}" for name, said in names.items())
    return f"loss {line['loss']:.3f}; {1e3 * whole:.0f} ms: {split}"


class Journal:
    """The first worker's notes.

    On an object store, where nothing can be appended, lines wait for ten seconds or for a checkpoint.

    Args:
        config: of the run.
        reader: the shards.
        run: its folder or URL.
        start: steps done before; lines of later ones are dropped.
        watch: look at held-out documents, and write the curves for TensorBoard and MLflow.
        report: called with each line of progress.

    Raises:
        LooseleafError: if it is to log to MLflow, which is not installed or does not answer.
    """

    def __init__(
        self,
        config: TrainConfig,
        reader: ShardReader,
        run: str,
        *,
        start: int,
        watch: bool,
        report: Report | None,
    ) -> None:
        self._config, self._run, self._report = config, run, report
        self._each = config.objective.contrasted
        self._names = document_names(reader, "train")
        self._samples: list[dict[str, Any]] = []
        self._progress: list[dict[str, Any]] = []
        self._watch = Watch(config, reader, run) if watch else None
        self._claim = Claim(run)
        self._writers = {name: LineWriter(run, name, start) for name in ("samples.jsonl", "progress.jsonl")}
        self._events = EventFiles(run, start) if watch and config.tensorboard else None
        self._mlflow = MlflowLog.opened(config, run) if watch else None
        self._flushed = time.monotonic()
        self._history = deque(read_lines(run, "progress.jsonl"), _HISTORY)
        self._diary = Diary(run, start)

    def begin(self, learner: Learner) -> None:
        """Look at held-out documents before the first step."""
        if self._watch is not None:
            self._warn(self._diary.look(0, self._watch.look(learner.model, 0).findings))

    def note(
        self,
        learner: Learner,
        cursor: Cursor,
        documents: NDArray[np.int64],
        result: StepResult,
        times: Times,
        *,
        checkpoint: bool,
    ) -> None:
        """Write down a step that was taken.

        Args:
            learner: that took it.
            cursor: stands after it.
            documents: that it saw.
            result: what it found.
            times: what it waited for.
            checkpoint: one comes next, and will have all its lines.

        Raises:
            LooseleafError: if another training went on with the run.
        """
        computing = result.forward_seconds + result.backward_seconds
        line: dict[str, Any] = {
            "step": cursor.step,
            "epoch": cursor.epoch,
            "workers": workers(),
            "loss": result.loss,
            "terms": result.terms,
            "lr": learner.highest_rate,
            "trained_parameters": learner.trained_parameters,
            "scale": float(learner.model.scale.detach()),
            "grad_norm": result.gradient_norm,
            "contrasted": self._contrasted(len(documents), result),
            "data_seconds": round(times.waiting, 6),
            "loading_seconds": round(times.loading, 6),
            "forward_seconds": round(result.forward_seconds, 6),
            "backward_seconds": round(result.backward_seconds, 6),
            "compute_seconds": round(computing, 6),
            "samples_per_second": round(len(documents) / max(times.waiting + computing, 1e-9), 3),
        }
        if self._watch is not None and look_is_due(self._config, cursor.step):
            line |= self._look(self._watch, learner, line)
        self._history.append(line)
        seen = [self._names[index] for index in documents.tolist()]
        self._samples.append({"step": cursor.step, "documents": seen})
        self._progress.append(line)
        self._claim.check(now=checkpoint)
        if checkpoint or is_local(self._run) or time.monotonic() - self._flushed > _SECONDS:
            self._flush()

    @property
    def told_to_stop(self) -> bool:
        """Whether somebody asked for it in the run's folder."""
        return self._claim.told_to_stop

    def tell(self) -> None:
        """Tell of the latest step."""
        if self._report is not None:
            self._report(self._history[-1])

    def end(self, *, complete: bool) -> None:
        """Close what is open.

        Args:
            complete: the run took its last step.
        """
        if self._mlflow is not None:
            self._mlflow.end(self._run, complete=complete)

    def _contrasted(self, documents: int, result: StepResult) -> float | None:
        """How many things a cross entropy told apart, of which guessing costs the logarithm."""
        if self._each is not None:
            return documents * self._each
        return math.exp(result.terms["guessing"]) if "guessing" in result.terms else None

    def _look(self, watch: Watch, learner: Learner, line: dict[str, Any]) -> dict[str, Any]:
        look = watch.look(learner.model, line["step"])
        history = History(self._config, [*self._history, line | look.line])
        warnings = self._diary.look(line["step"], [*diagnose_history(history), *look.findings])
        self._warn(warnings)
        return look.line | ({"warnings": warnings} if warnings else {})

    def _warn(self, warnings: list[str]) -> None:
        for warning in warnings:
            _LOG.warning("%s: %s", self._run, warning)

    def _flush(self) -> None:
        self._writers["samples.jsonl"].add(self._samples)
        self._writers["progress.jsonl"].add(self._progress)
        if self._events is not None:
            self._events.add(self._progress)
        if self._mlflow is not None:
            self._mlflow.add(self._progress)
        self._samples.clear()
        self._progress.clear()
        self._flushed = time.monotonic()
