"""A training on a cluster of Ray nodes, as a test watches it."""

from __future__ import annotations

import json
import subprocess
import threading
import time
import uuid
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from storage.filesystem import write_bytes_atomic
from tests.ray_nodes import Cluster
from training.checkpoint import checkpoint_steps
from training.config import config_from
from training.lines import read_lines
from training.loop import train_loop

_SECONDS = 180


class Training:
    """A process on the head that trains a run on the workers of a cluster; what it prints is kept.

    Args:
        cluster: its nodes.
        settings: of the training.
        shards: to train on.
        run: its folder.
        until: the step after which its workers wait.
    """

    def __init__(
        self, cluster: Cluster, settings: Mapping[str, Any], shards: str, run: str, until: int
    ) -> None:
        self._limit = f"{run}-{uuid.uuid4().hex}"
        self.let(until)
        told = (json.dumps(settings), shards, run, self._limit)
        self.process: subprocess.Popen[str] = cluster.python("-m", "tests.training.cluster_driver", *told)
        self.steps: list[int] = []
        self.result: dict[str, Any] | None = None
        self.warnings: list[str] = []
        self._threads = [
            threading.Thread(target=read, daemon=True) for read in (self._read, self._read_errors)
        ]
        for thread in self._threads:
            thread.start()

    def wait_for(self, step: int) -> None:
        """Wait until it tells of a step, the first time."""
        self._wait(lambda: step in self.steps)

    def let(self, step: int) -> None:
        """Let its workers train up to a step, wherever they are."""
        write_bytes_atomic(self._limit, str(step).encode())

    def go_on(self, step: int) -> None:
        """Let it train up to a step that is new, and wait until it tells of it."""
        assert step not in self.steps
        self.let(step)
        self.wait_for(step)

    def wait_for_warning(self, text: str) -> None:
        """Wait until it says so on standard error."""
        self._wait(lambda: any(text in line for line in self.warnings))

    def ended(self) -> dict[str, Any]:
        """Wait for the end and return what it said."""
        status = self.process.wait(timeout=_SECONDS)
        for thread in self._threads:
            thread.join()
        assert status == 0, "".join(self.warnings)
        assert self.result is not None
        return self.result

    def _wait(self, happened: Callable[[], bool]) -> None:
        until = time.monotonic() + _SECONDS
        while not happened():
            said = (self.steps[-3:], "".join(self.warnings))
            assert self.process.poll() is None, said
            assert time.monotonic() < until, said
            time.sleep(0.05)

    def _read(self) -> None:
        assert self.process.stdout is not None
        for text in self.process.stdout:
            # Ray prints there as well.
            if not text.startswith("{"):
                continue
            line = json.loads(text)
            if "step" in line:
                self.steps.append(line["step"])
            else:
                self.result = line

    def _read_errors(self) -> None:
        assert self.process.stderr is not None
        for text in self.process.stderr:
            self.warnings.append(text)


def assert_as_undisturbed(run: str, settings: Mapping[str, Any], shards: str, folder: Path) -> None:
    """Check that a run saw each step's documents once, and learned the same up to rounding."""
    config = config_from({**settings, "workers": 0})
    train_loop(config, shards, str(folder), watch=False)
    assert read_lines(run, "samples.jsonl") == read_lines(str(folder), "samples.jsonl")
    ours, theirs = (read_lines(name, "progress.jsonl") for name in (run, str(folder)))
    assert [line["step"] for line in ours] == list(range(1, config.steps + 1))
    # Adam divides by small gradients, which lifts rounding in the steps that follow.
    assert [line["loss"] for line in ours] == pytest.approx([line["loss"] for line in theirs], rel=2e-2)
    assert config.steps in checkpoint_steps(run)
