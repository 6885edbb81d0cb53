"""A job's files, and the entry point that runs a stage without any service."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from flows import job
from flows.spec import (
    JobProgress,
    JobResult,
    JobSpec,
    ProgressFile,
    read_progress,
    read_result,
    read_spec,
    write_result,
    write_spec,
)
from storage.errors import LooseleafError


def test_files_are_read_as_they_were_written(tmp_path: Path) -> None:
    folder = str(tmp_path / "jobs" / "a")
    spec = JobSpec("extract", {"dataset": "d", "deep": {"list": [1, None, "é"]}})
    assert read_spec(write_spec(folder, spec)) == spec
    assert read_result(folder) is None
    assert read_progress(folder) is None
    write_result(folder, JobResult("extract", {"rows": {"documents": 3}}))
    assert read_result(folder) == JobResult("extract", {"rows": {"documents": 3}})


def test_arguments_that_are_no_json_are_refused(tmp_path: Path) -> None:
    with pytest.raises(TypeError):
        write_spec(str(tmp_path), JobSpec("extract", {"path": object()}))


def test_progress_is_written_seldom_but_the_end_always(tmp_path: Path) -> None:
    progress = ProgressFile(str(tmp_path), seconds=3600)
    progress(0, 10)
    progress(5, 10)
    assert read_progress(str(tmp_path)) == JobProgress(0, 10)
    progress(10, 10, "done")
    assert read_progress(str(tmp_path)) == JobProgress(10, 10, "done")


def _run(tmp_path: Path) -> tuple[int, JobResult | None]:
    url = write_spec(str(tmp_path), JobSpec("anything", {"x": 1}))
    status = job.main(["anything", url, "--here"])
    return status, read_result(str(tmp_path))


def test_a_job_leaves_its_report(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def perform(stage: str, arguments: Mapping[str, Any], progress: object, here: bool) -> dict[str, Any]:
        return {"stage": stage, "x": arguments["x"], "here": here}

    monkeypatch.setattr(job, "perform", perform)
    assert _run(tmp_path) == (0, JobResult("anything", {"stage": "anything", "x": 1, "here": True}))


def test_an_expected_failure_becomes_its_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def perform(*_: object) -> dict[str, Any]:
        raise LooseleafError("The thing is broken because of this: do that.")

    monkeypatch.setattr(job, "perform", perform)
    assert _run(tmp_path) == (1, JobResult("anything", {}, "The thing is broken because of this: do that."))


def test_an_unexpected_failure_is_not_hidden(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def perform(*_: object) -> dict[str, Any]:
        raise ZeroDivisionError

    monkeypatch.setattr(job, "perform", perform)
    with pytest.raises(ZeroDivisionError):
        _run(tmp_path)
    assert read_result(str(tmp_path)) is None
