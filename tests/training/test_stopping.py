"""A SIGTERM: a checkpoint at once, an end that says so, and then the run goes on as if nothing had been."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import safetensors.torch
import torch

from tests.training.shard_samples import write_samples
from training.checkpoint import checkpoint_steps
from training.claim import ask_to_stop
from training.config import config_from
from training.lines import read_lines
from training.loop import train_loop
from training.stopping import STATUS, listening, never, passing_on

SETTINGS = {"steps": 12, "checkpoint_every": 5, "batch": {"documents": 8}, "model": {"text_hidden": 8}}

CODE = """
import json, sys, time, torch
torch.set_num_threads(1)
from flows.job import main
from training.stopping import told_by_sigterm

def slow(done, total, note=""):
    print(done, flush=True)
    while done == 7 and "slow" in sys.argv and not told_by_sigterm():
        time.sleep(0.05)

import flows.job
flows.job.ProgressFile = lambda *_, **__: slow
sys.exit(main(["train", sys.argv[1], "--here"]))
"""


def _start(url: str, *more: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", CODE, url, *more], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )


def test_a_training_job_that_is_told_to_stop_writes_a_checkpoint_first(tmp_path: Path) -> None:
    shards = write_samples(tmp_path / "shards")
    run = str(tmp_path / "run")
    (tmp_path / "job").mkdir()
    url = tmp_path / "job" / "spec.json"
    url.write_text(
        json.dumps({"stage": "train", "arguments": {"shards": shards, "run": run, "config": SETTINGS}})
    )
    process = _start(str(url), "slow")
    assert process.stdout is not None
    for line in process.stdout:
        if line.strip() == "7":
            break
    process.send_signal(signal.SIGTERM)
    _, errors = process.communicate(timeout=120)
    assert process.returncode == STATUS, errors
    assert not (tmp_path / "job" / "result.json").exists()
    # The step that was being taken was the eighth: nothing of what was done is lost.
    assert checkpoint_steps(run) == [5, 8]
    assert _start(str(url)).wait(timeout=120) == 0
    torch.set_num_threads(1)
    train_loop(config_from(SETTINGS), shards, str(tmp_path / "undisturbed"))
    assert read_lines(run, "samples.jsonl") == read_lines(str(tmp_path / "undisturbed"), "samples.jsonl")
    ours, theirs = (
        safetensors.torch.load_file(tmp_path / name / "checkpoints" / "step-000012" / "model.safetensors")
        for name in ("run", "undisturbed")
    )
    assert all(torch.equal(ours[name], theirs[name]) for name in theirs)


def test_told_at_the_last_step_there_is_nothing_to_stop(tmp_path: Path) -> None:
    shards = write_samples(tmp_path / "shards", documents=24)
    config = config_from({**SETTINGS, "steps": 2})
    trained = train_loop(config, shards, str(tmp_path / "run"), watch=False, told=lambda: True)
    assert (trained.steps, trained.stopped) == (1, True)
    trained = train_loop(config, shards, str(tmp_path / "run"), watch=False, told=lambda: True)
    assert (trained.steps, trained.stopped) == (2, False)


def test_a_run_is_asked_to_stop_from_elsewhere(tmp_path: Path) -> None:
    shards, run = write_samples(tmp_path / "shards", documents=24), str(tmp_path / "run")
    ask_to_stop(run)  # nobody trains there
    config = config_from({**SETTINGS, "steps": 1000})

    def ask(line: Mapping[str, Any]) -> None:
        if line["step"] == 3:
            ask_to_stop(run)
            time.sleep(2.1)  # so seldom does it look

    trained = train_loop(config, shards, run, ask, watch=False)
    assert trained.stopped
    assert trained.steps in checkpoint_steps(run)
    assert trained.steps == 5
    assert train_loop(
        config_from(SETTINGS | {"steps": 1000}), shards, run, watch=False, told=lambda: True
    ).stopped


def test_a_signal_is_passed_on_and_patience_ends() -> None:
    asked: list[int] = []
    before = signal.getsignal(signal.SIGTERM), signal.getsignal(signal.SIGALRM)
    with passing_on(lambda: asked.append(1), patience=60) as told:
        signal.raise_signal(signal.SIGTERM)
        signal.raise_signal(signal.SIGTERM)
        assert (told(), asked) == (True, [1])
    with pytest.raises(SystemExit) as ended:
        _stopped_while_it_waits(asked)
    assert (ended.value.code, asked) == (STATUS, [1, 2])
    assert (signal.getsignal(signal.SIGTERM), signal.getsignal(signal.SIGALRM)) == before
    assert signal.getitimer(signal.ITIMER_REAL) == (0.0, 0.0)


def _stopped_while_it_waits(asked: list[int]) -> None:
    with passing_on(lambda: asked.append(2), patience=0.05):
        signal.raise_signal(signal.SIGTERM)
        time.sleep(30)


def test_what_listens_gives_the_signal_back() -> None:
    before = signal.getsignal(signal.SIGTERM)
    with listening() as told:
        assert not told()
        signal.raise_signal(signal.SIGTERM)
        assert told()
    assert signal.getsignal(signal.SIGTERM) == before


def test_another_thread_hears_nothing_and_changes_nothing() -> None:
    before = signal.getsignal(signal.SIGTERM)
    heard = []

    def listen() -> None:
        with listening() as told:
            heard.append(told)

    thread = threading.Thread(target=listen)
    thread.start()
    thread.join()
    assert heard == [never]
    assert signal.getsignal(signal.SIGTERM) == before


@pytest.mark.parametrize(("kept", "left"), [(0, [2, 4, 6, 7]), (1, [7]), (2, [6, 7])])
def test_only_the_latest_checkpoints_are_kept(kept: int, left: list[int], tmp_path: Path) -> None:
    shards = write_samples(tmp_path / "shards", documents=24)
    changes = {"steps": 7, "checkpoint_every": 2, "keep_checkpoints": kept}
    train_loop(config_from({**SETTINGS, **changes}), shards, str(tmp_path / "run"), watch=False)
    assert checkpoint_steps(str(tmp_path / "run")) == left
    assert len(list((tmp_path / "run" / "checkpoints").iterdir())) == len(left)
