"""The attempts of a flow run at a stage: their ids, their folders, and what they left there."""

from __future__ import annotations

import json
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from flows.spec import JobResult, read_result, read_spec, spec_url
from storage.filesystem import exists, join, open_filesystem

#: After which what a flow run left that never ended is removed, in seconds.
_FORGOTTEN = 7 * 86_400


@dataclass(frozen=True)
class Attempts:
    """What a flow run asks of a stage: `workspace` is a folder that flow and job can reach."""

    workspace: str
    flow_run: str
    stage: str

    def submission(self, number: int) -> str:
        """Return the job's id of an attempt: it names the flow run, the stage and the attempt."""
        return f"{self.flow_run}-{self.stage}-{number}"

    def number(self, submission: str) -> int | None:
        """Return which attempt a job is; None where it is none of these."""
        start, _, number = submission.rpartition("-")
        return int(number) if start == f"{self.flow_run}-{self.stage}" and number.isdigit() else None

    def folder(self, submission: str) -> str:
        """Return the folder of a job's files."""
        return join(self.workspace, "jobs", submission)

    def made(self) -> list[int]:
        """Return the numbers of the attempts that have a folder, in ascending order."""
        return self.numbers(_folders(self.workspace))

    def numbers(self, submissions: Iterable[str]) -> list[int]:
        """Return which attempts there are among jobs, in ascending order."""
        found = (self.number(submission) for submission in submissions)
        return sorted(number for number in found if number is not None)

    def finished(self, arguments: Mapping[str, Any]) -> JobResult | None:
        """Return the result that an attempt with these arguments left before the flow was interrupted."""
        for number in reversed(self.made()):
            folder = self.folder(self.submission(number))
            result = read_result(folder)
            if result is None or result.error is not None or not exists(spec_url(folder)):
                continue
            if _told(read_spec(spec_url(folder)).arguments) == _told(arguments):
                return result
        return None


def forget(workspace: str, flow_run: str) -> None:
    """Remove what the jobs of a flow run that has ended left, and what was abandoned long ago."""
    for name in _folders(workspace):
        folder = join(workspace, "jobs", name)
        if name.startswith(f"{flow_run}-") or _is_old(folder):
            filesystem, path = open_filesystem(folder)
            filesystem.rm(path, recursive=True)


def _is_old(folder: str) -> bool:
    url = spec_url(folder)
    submitted = read_spec(url).submitted_at if exists(url) else None
    return submitted is not None and time.time() - submitted > _FORGOTTEN


def _folders(workspace: str) -> list[str]:
    filesystem, path = open_filesystem(join(workspace, "jobs"))
    try:
        entries = filesystem.ls(path, detail=True)
    except FileNotFoundError:
        return []
    return [entry["name"].rstrip("/").rsplit("/", 1)[-1] for entry in entries if entry["type"] == "directory"]


def _told(arguments: Mapping[str, Any]) -> str:
    """Return arguments as JSON has them, where a tuple is a list."""
    return json.dumps(arguments, sort_keys=True)
