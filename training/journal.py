"""What the first worker writes down: a line a step, checkpoints, and looks at held-out documents."""

from __future__ import annotations

import logging
import math
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from storage.filesystem import is_local
from storage.shards import ShardReader
from training.checkpoint import Cursor, save_checkpoint
from training.config import TrainConfig
from training.data import document_names
from training.diagnosis.diagnose import diagnose_history
from training.diagnosis.diary import Diary
from training.diagnosis.measured import History
from training.evaluation.watch import Watch
from training.run_directory import append_lines, read_lines, truncate_lines
from training.step import Learner, StepResult

_LOG = logging.getLogger(__name__)
#: Lines that the diagnosis looks back on.
_HISTORY = 20_000

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

    On an object store lines wait until a checkpoint is written, for nothing can be appended there.

    Args:
        config: of the run.
        reader: the shards.
        run: its folder or URL.
        start: steps done before; lines of later ones are dropped.
        watch: look at held-out documents.
        report: called with each line of progress.
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
        for name in ("progress.jsonl", "samples.jsonl"):
            truncate_lines(run, name, start)
        self._history = deque(read_lines(run, "progress.jsonl"), _HISTORY)
        self._diary = Diary(run, start)

    def begin(self, learner: Learner) -> None:
        """Look at held-out documents before the first step."""
        if self._watch is not None:
            self._warn(self._diary.look(0, self._watch.look(learner.model, 0).findings))

    def note(
        self, learner: Learner, cursor: Cursor, documents: NDArray[np.int64], result: StepResult, times: Times
    ) -> None:
        """Write down a step that was taken, and a checkpoint where one is due."""
        computing = result.forward_seconds + result.backward_seconds
        line: dict[str, Any] = {
            "step": cursor.step,
            "epoch": cursor.epoch,
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
        if self._watch is not None and self._watch.is_due(cursor.step):
            line |= self._look(self._watch, learner, line)
        self._history.append(line)
        seen = [self._names[index] for index in documents.tolist()]
        self._samples.append({"step": cursor.step, "documents": seen})
        self._progress.append(line)
        checkpoint = cursor.step % self._config.checkpoint_every == 0 or cursor.step == self._config.steps
        if checkpoint or is_local(self._run):
            self._flush()
        if checkpoint:
            # After the lines: a checkpoint that is there has all its lines.
            save_checkpoint(self._run, learner.model, learner.optimizer, cursor)
        if self._report is not None:
            self._report(line)

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
        append_lines(self._run, "samples.jsonl", self._samples)
        append_lines(self._run, "progress.jsonl", self._progress)
        self._samples.clear()
        self._progress.clear()
