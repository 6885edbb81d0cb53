"""Runs a stage as a Ray job and follows it to its end."""

from __future__ import annotations

import os
import shlex
import sys
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from flows.spec import JobProgress, JobResult, JobSpec, read_progress, read_result, write_spec
from storage.errors import LooseleafError
from storage.filesystem import join, open_filesystem

if TYPE_CHECKING:
    from ray.job_submission import JobSubmissionClient

_POLL_SECONDS = 0.25
_STOP_SECONDS = 15.0
_SUBMIT_TRIES = 20

#: Lines that Ray itself prints when a driver connects.
_RAY_HEADER = ("Connecting to existing Ray cluster", "Connected to Ray cluster", "Using address ")

Log = Callable[[str], None]
Progress = Callable[[JobProgress], None]


def run_job(spec: JobSpec, workspace: str, flow_run: str, log: Log, progress: Progress) -> JobResult:
    """Run `spec` as a Ray job and return its result; an interrupted flow that asks again is attached again.

    The job's id is made of the flow run, the stage and a number. A job of that flow run and stage that still
    runs, or whose result was not read yet, is taken; otherwise the next number is submitted.

    Args:
        spec: the stage and its arguments.
        workspace: URL of a folder that this process and the job can reach; the job's files are below it.
        flow_run: id of the flow run.
        log: called with each line that the job prints.
        progress: called when the job is further than it was.

    Raises:
        LooseleafError: if the stage failed; the job's own sentence where it left one.
    """
    from prefect.exceptions import TerminationSignal  # noqa: PLC0415 - after the environment is set
    from ray.job_submission import JobSubmissionClient  # noqa: PLC0415

    client = JobSubmissionClient(os.environ["RAY_ADDRESS"])
    submission = _attach(client, workspace, f"{flow_run}-{spec.stage}-") or _submit(
        client, spec, workspace, flow_run
    )
    folder = _folder(workspace, submission)
    try:
        last_line = _follow(client, submission, folder, log, progress)
    except (TerminationSignal, KeyboardInterrupt):
        # The dataset must be quiet before anybody else may have it. A SystemExit means that the service died:
        # then the job goes on, and the next try is attached to it.
        stop_job(client, submission)
        raise
    result = read_result(folder)
    if result is None:
        raise LooseleafError(
            f"Stage {spec.stage} ended without a result (its last line was {last_line!r}): "
            f"see the log of Ray job {submission}, then run again, which continues where it ended."
        )
    if result.error is not None:
        raise LooseleafError(result.error)
    _remove(folder)
    return result


def stop_job(client: JobSubmissionClient, submission: str) -> None:
    """Stop a job and wait until it has ended, for a bounded time."""
    if client.get_job_status(submission).is_terminal():
        return
    client.stop_job(submission)
    until = time.monotonic() + _STOP_SECONDS
    while not client.get_job_status(submission).is_terminal() and time.monotonic() < until:
        time.sleep(0.1)


def stop_all_jobs(address: str) -> int:
    """Stop every job that runs at `address`; return how many there were."""
    from ray.job_submission import JobSubmissionClient  # noqa: PLC0415

    client = JobSubmissionClient(address)
    running = [
        job.submission_id
        for job in client.list_jobs()
        if job.submission_id is not None and not job.status.is_terminal()
    ]
    for submission in running:
        stop_job(client, submission)
    return len(running)


def _attach(client: JobSubmissionClient, workspace: str, prefix: str) -> str | None:
    """Return the job of this flow run and stage that runs, or that has succeeded and was not yet read."""
    for job in client.list_jobs():
        submission = job.submission_id
        if submission is None or not submission.startswith(prefix):
            continue
        if not job.status.is_terminal() or read_result(_folder(workspace, submission)):
            return str(submission)
    return None


def _threads() -> str:
    """Return what `env` is told of threads: Ray allows only one to a process that reserves no processor."""
    told = os.environ.get("OMP_NUM_THREADS")
    return f"OMP_NUM_THREADS={shlex.quote(told)}" if told else "-u OMP_NUM_THREADS"


def _submit(client: JobSubmissionClient, spec: JobSpec, workspace: str, flow_run: str) -> str:
    prefix = f"{flow_run}-{spec.stage}-"
    number = sum((job.submission_id or "").startswith(prefix) for job in client.list_jobs()) + 1
    submission = f"{prefix}{number}"
    url = write_spec(_folder(workspace, submission), spec)
    # With exec the signal that stops the job reaches Python.
    command = (
        f"exec env {_threads()} {shlex.quote(sys.executable)} -m flows.job {spec.stage} {shlex.quote(url)}"
    )
    for attempt in range(_SUBMIT_TRIES):
        try:
            client.submit_job(
                entrypoint=command,
                submission_id=submission,
                metadata={"flow_run": flow_run, "stage": spec.stage},
            )
        except RuntimeError as error:
            # The head answers a moment before the agent that starts jobs does.
            if "agent" not in str(error) or attempt == _SUBMIT_TRIES - 1:
                raise LooseleafError(
                    f"Ray refused stage {spec.stage}: {_first_line(error)}: "
                    f"look at {os.environ['RAY_ADDRESS']}, then run again."
                ) from error
            time.sleep(_POLL_SECONDS)
        else:
            break
    return submission


def _follow(client: JobSubmissionClient, submission: str, folder: str, log: Log, progress: Progress) -> str:
    """Pass on lines and progress until the job has ended; return the last line."""
    seen = 0
    known: JobProgress | None = None
    last = ""
    while True:
        ended = client.get_job_status(submission).is_terminal()
        text = client.get_job_logs(submission)
        whole = len(text) if ended else text.rfind("\n") + 1
        for line in text[seen:whole].splitlines():
            if line.strip() and not any(header in line for header in _RAY_HEADER):
                log(line)
                last = line
        seen = max(seen, whole)
        now = read_progress(folder)
        if now is not None and now != known:
            known = now
            progress(now)
        if ended:
            return last
        time.sleep(_POLL_SECONDS)


def _folder(workspace: str, submission: str) -> str:
    return join(workspace, "jobs", submission)


def _remove(folder: str) -> None:
    filesystem, path = open_filesystem(folder)
    filesystem.rm(path, recursive=True)


def _first_line(error: Exception) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0]
