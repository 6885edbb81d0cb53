"""What a job is told and what it leaves: three small JSON files in a folder that both sides can reach."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from storage.filesystem import exists, join, read_bytes, write_bytes_atomic

_SPEC, _PROGRESS, _RESULT = "spec.json", "progress.json", "result.json"


@dataclass(frozen=True)
class JobSpec:
    """The stage to run and its arguments, which can be written as JSON.

    `submitted_at`, in seconds since the epoch, is when its flow asked for it; None where no flow did.
    """

    stage: str
    arguments: Mapping[str, Any]
    submitted_at: float | None = None


@dataclass(frozen=True)
class JobProgress:
    """How far a job is: `total` is None until its plan is known, `rows` where none are counted."""

    done: int
    total: int | None
    note: str = ""
    rows: int | None = None


@dataclass(frozen=True)
class JobResult:
    """How a job ended: with a report, or with the sentence of an expected failure."""

    stage: str
    report: Mapping[str, Any]
    error: str | None = None


class ProgressFile:
    """Writes how far a job is, at most once in `seconds`: an object store is not asked at every chunk."""

    def __init__(self, folder: str, seconds: float = 0.5) -> None:
        self._url = join(folder, _PROGRESS)
        self._seconds = seconds
        self._written = float("-inf")
        #: When the first word came, in seconds since the epoch.
        self.began_at: float | None = None

    def __call__(self, done: int, total: int | None, note: str = "", rows: int | None = None) -> None:
        """Write it down, unless that was done a moment ago and there is more to come."""
        if self.began_at is None:
            self.began_at = time.time()
        now = time.monotonic()
        if done != total and now - self._written < self._seconds:
            return
        self._written = now
        write_bytes_atomic(self._url, json.dumps(asdict(JobProgress(done, total, note, rows))).encode())


def spec_url(folder: str) -> str:
    """Return where the spec of a job's folder is."""
    return join(folder, _SPEC)


def write_spec(folder: str, spec: JobSpec) -> str:
    """Write `spec` into `folder`; return its URL.

    Raises:
        TypeError: if an argument cannot be written as JSON.
    """
    url = spec_url(folder)
    write_bytes_atomic(url, json.dumps(asdict(spec)).encode())
    return url


def read_spec(url: str) -> JobSpec:
    """Read what `write_spec` wrote."""
    return JobSpec(**json.loads(read_bytes(url)))


def read_progress(folder: str) -> JobProgress | None:
    """Return how far the job of `folder` is, or None before its first word."""
    url = join(folder, _PROGRESS)
    return JobProgress(**json.loads(read_bytes(url))) if exists(url) else None


def write_result(folder: str, result: JobResult) -> None:
    """Write how the job ended."""
    write_bytes_atomic(join(folder, _RESULT), json.dumps(asdict(result)).encode())


def read_result(folder: str) -> JobResult | None:
    """Return how the job of `folder` ended, or None when it left nothing."""
    url = join(folder, _RESULT)
    return JobResult(**json.loads(read_bytes(url))) if exists(url) else None
