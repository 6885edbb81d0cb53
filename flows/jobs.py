"""Runs a stage as a Ray job and follows it to its end; lists and stops jobs."""

from __future__ import annotations

import itertools
import os
import shlex
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime

from flows.attempts import Attempts
from flows.causes import passing_trouble
from flows.job_log import LogTail
from flows.outcomes import Again, judge
from flows.placing import refusal, wants, works_alone
from flows.ray_jobs import Asking, HeadAwayError, Jobs, JobState, Patience, RayJobs
from flows.spec import JobProgress, JobResult, JobSpec, read_progress, read_result, write_spec
from storage.errors import LooseleafError
from storage.filesystem import is_local

#: Longer than Ray waits before it kills a job that was asked to end.
_STOP_SECONDS = 20.0
_PATIENCE = Patience()
#: Between two looks at a job's progress where that is an object.
_REMOTE_PROGRESS_SECONDS = 2.0

Log = Callable[[str], None]
Progress = Callable[[JobProgress], None]


@dataclass(frozen=True)
class LiveJob:
    """A job of this program that has not ended."""

    submission: str
    flow_run_id: str  # of the root flow run: that of `everything`, not of a flow that it calls
    stage: str
    dataset: str  # URL of the dataset, or of the run that is trained or evaluated
    deployment: str  # empty where a command started it
    attempt: int
    started_at: datetime | None


@dataclass(frozen=True)
class Follower:
    """Who is told of a job: each line, each step forward, and the id of each attempt as it is submitted."""

    log: Log
    progress: Progress
    submitted: Callable[[str], None] = lambda _submission: None


def run_job(
    spec: JobSpec,
    workspace: str,
    flow_run: str,
    follower: Follower,
    *,
    deployment: str = "",
    jobs: Jobs | None = None,
    patience: Patience = _PATIENCE,
) -> JobResult:
    """Run `spec` as a Ray job and return its result; an interrupted flow that asks again is attached again.

    The job's id names the flow run, the stage and the attempt. A job of that flow run and stage that still
    runs is taken, and so is the result of one that has succeeded; otherwise the next attempt is submitted. An
    attempt that ends by a trouble that may pass (a lost worker, node or head, a machine out of memory, a
    storage that stumbles) is followed by another, which goes on from what is finished.

    Args:
        spec: the stage and its arguments.
        workspace: URL of a folder that this process and the job can reach; the job's files are below it.
        flow_run: id of the root flow run.
        follower: is told how it goes.
        deployment: name of the flow run's deployment, if any.
        jobs: the cluster; by default that of `RAY_ADDRESS`.
        patience: with a cluster that fails.

    Raises:
        LooseleafError: if the stage failed, can never be placed or was given up; in the job's own sentence
            where it left one.
    """
    ask = Asking(jobs or RayJobs(os.environ["RAY_ADDRESS"]), patience, follower.log)
    attempts = Attempts(workspace, flow_run, spec.stage)
    result = attempts.finished(spec.arguments)
    if result is not None:
        follower.log(f"Stage {spec.stage} had ended before this flow was interrupted: its result is taken.")
        return result
    for tried in itertools.count(1):
        submission = _running(ask, attempts) or _submit(ask, attempts, spec, deployment)
        follower.submitted(submission)
        outcome = _carried_out(ask, attempts, submission, follower)
        if isinstance(outcome, JobResult):
            return outcome
        if tried >= patience.attempts:
            raise LooseleafError(
                f"Stage {spec.stage} was given up after {tried} attempts, the last of which ended early "
                f"because {outcome.reason}: see the log of Ray job {submission}, then run again, which "
                "continues where it ended."
            )
        pause = min(patience.longest_pause, patience.pause * 2 ** (tried - 1))
        follower.log(
            f"Stage {spec.stage} ended early, because {outcome.reason}: attempt {tried + 1} of "
            f"{patience.attempts} follows in {pause:.0f} s and goes on from what is finished."
        )
        time.sleep(pause)
    raise AssertionError("counting has no end")


def live_jobs(address: str) -> list[LiveJob]:
    """Return this program's jobs at `address`, the URL of Ray's dashboard, that have not ended.

    Raises:
        LooseleafError: if Ray does not answer.
    """
    return [_live(state) for state in _all(RayJobs(address)) if not state.ended and "stage" in state.metadata]


def stop_job(address: str, submission: str) -> None:
    """Stop a job at `address`, the URL of Ray's dashboard, and wait until it has ended, for a bounded time.

    Raises:
        LooseleafError: if Ray does not answer.
    """
    try:
        _stop(RayJobs(address), submission)
    except HeadAwayError as error:
        raise _no_answer(address, error) from error


def stop_all_jobs(address: str) -> int:
    """Stop every job that runs at `address`; return how many there were.

    Raises:
        LooseleafError: if Ray does not answer.
    """
    running = [state.submission for state in _all(RayJobs(address)) if not state.ended]
    for submission in running:
        stop_job(address, submission)
    return len(running)


def _all(jobs: Jobs) -> list[JobState]:
    try:
        return jobs.all()
    except HeadAwayError as error:
        raise _no_answer(jobs.address, error) from error


def _no_answer(address: str, error: HeadAwayError) -> LooseleafError:
    return LooseleafError(f"Ray at {address} does not answer ({error}): see whether it runs there.")


def _live(state: JobState) -> LiveJob:
    told = state.metadata
    return LiveJob(
        submission=state.submission,
        flow_run_id=told["flow_run_id"],
        stage=told["stage"],
        dataset=told["dataset"],
        deployment=told["deployment"],
        attempt=int(told["attempt"]),
        started_at=state.started_at,
    )


def _running(ask: Asking, attempts: Attempts) -> str | None:
    """Return the job of this flow run and stage that runs."""
    for state in ask(lambda jobs: jobs.all()):
        if not state.ended and attempts.number(state.submission) is not None:
            ask.log(f"Attached again to Ray job {state.submission}, which still runs.")
            return state.submission
    return None


def _submit(ask: Asking, attempts: Attempts, spec: JobSpec, deployment: str) -> str:
    nodes = ask(lambda jobs: jobs.nodes())
    wanted = wants(spec.stage, spec.arguments)
    refused = wanted and refusal(spec.stage, wanted, nodes)
    # What an autoscaler could add is known to the cluster alone: there the job itself asks.
    if refused and not ask(lambda jobs: jobs.scales()):
        raise LooseleafError(refused)
    known = ask(lambda jobs: jobs.all())
    # A head that is new knows none of those that the one before it ran.
    numbers = [0, *attempts.made(), *attempts.numbers(state.submission for state in known)]
    submission = attempts.submission(max(numbers) + 1)
    url = write_spec(attempts.folder(submission), replace(spec, submitted_at=time.time()))
    # With exec the signal that stops the job reaches Python.
    command = (
        f"exec env {_threads()} {shlex.quote(sys.executable)} -m flows.job {spec.stage} {shlex.quote(url)}"
    )
    metadata = {
        "flow_run_id": attempts.flow_run,
        "stage": spec.stage,
        "dataset": attempts.workspace,
        "deployment": deployment,
        "attempt": str(max(numbers) + 1),
    }
    # Of several nodes the head is the one that must not be kept busy.
    cpus = 1.0 if len(nodes) > 1 and works_alone(spec.stage, spec.arguments) else 0.0
    ask(lambda jobs: jobs.submit(submission, command, metadata, cpus))
    return submission


def _threads() -> str:
    """Return what `env` is told of threads: Ray allows only one to a process that reserves no processor."""
    told = os.environ.get("OMP_NUM_THREADS")
    return f"OMP_NUM_THREADS={shlex.quote(told)}" if told else "-u OMP_NUM_THREADS"


def _carried_out(ask: Asking, attempts: Attempts, submission: str, follower: Follower) -> JobResult | Again:
    folder = attempts.folder(submission)
    try:
        state, last = _follow(ask, submission, folder, follower)
    except SystemExit:
        # The service that started this process died: the job goes on, and the next try is attached to it.
        raise
    except BaseException:
        # Cancelled, or no longer able to follow: the dataset must be quiet before anybody else may have it.
        _stop_if_possible(ask.jobs, submission, follower.log)
        raise
    return judge(attempts.stage, submission, state, read_result(folder), last)


def _follow(ask: Asking, submission: str, folder: str, follower: Follower) -> tuple[JobState | None, str]:
    """Pass on lines and progress until the job has ended; return how it ended, and its last line."""
    looks = _Looks(folder, follower.progress)
    with LogTail(ask.jobs, submission, follower.log) as tail:
        while True:
            state = ask(lambda jobs: jobs.state(submission))
            tail.pass_on()
            if state is None:
                return None, tail.last
            looks.look(now=state.ended)
            if state.ended:
                tail.finish()
                return state, tail.last
            time.sleep(ask.patience.poll)


class _Looks:
    """Looks at a job's progress, of an object store less often."""

    def __init__(self, folder: str, progress: Progress) -> None:
        self._folder, self._progress = folder, progress
        self._seconds = 0.0 if is_local(folder) else _REMOTE_PROGRESS_SECONDS
        self._looked = float("-inf")
        self._known: JobProgress | None = None

    def look(self, now: bool) -> None:
        """Pass on a step forward; `now` even if it was looked at a moment ago."""
        if not now and time.monotonic() - self._looked < self._seconds:
            return
        self._looked = time.monotonic()
        try:
            found = read_progress(self._folder)
        except Exception as error:
            # A storage that stumbles: the next look is not far.
            if passing_trouble(error) is None:
                raise
            return
        if found is not None and found != self._known:
            self._known = found
            self._progress(found)


def _stop(jobs: Jobs, submission: str) -> None:
    state = jobs.state(submission)
    if state is None or state.ended:
        return
    jobs.stop(submission)
    until = time.monotonic() + _STOP_SECONDS
    while time.monotonic() < until:
        state = jobs.state(submission)
        if state is None or state.ended:
            return
        time.sleep(0.1)


def _stop_if_possible(jobs: Jobs, submission: str, log: Log) -> None:
    try:
        _stop(jobs, submission)
    except (HeadAwayError, LooseleafError) as error:
        log(f"Ray job {submission} could not be stopped ({error}): what finds orphaned jobs will do it.")
