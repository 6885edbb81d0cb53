"""Decides by the cause of its end whether a stage has failed, or is to be tried again."""

from __future__ import annotations

import signal
from dataclasses import dataclass

from flows.ray_jobs import JobState
from flows.spec import JobResult
from storage.errors import LooseleafError

#: With which a job says that its trouble may pass; its last line says what it was.
TRY_AGAIN = 75

#: What Ray says of a job whose process it lost, or could not start.
_LOST = {
    "JOB_SUPERVISOR_ACTOR_START_TIMEOUT": "Ray could not start it in time",
    "JOB_SUPERVISOR_ACTOR_START_FAILURE": "Ray could not start it",
    "JOB_SUPERVISOR_ACTOR_UNSCHEDULABLE": "its node was gone before it started",
    "JOB_SUPERVISOR_ACTOR_UNKNOWN_FAILURE": "Ray lost it",
    "JOB_SUPERVISOR_ACTOR_DIED": "the node or the process that it ran in was lost",
}

_SIGNALS = {
    signal.SIGKILL: "its process was killed, which mostly means that the machine ran out of memory",
    signal.SIGTERM: "its process was asked to end by its machine",
}


@dataclass(frozen=True)
class Again:
    """An end that another attempt may not have; `reason` ends a sentence."""

    reason: str


def judge(
    stage: str, job: str, state: JobState | None, result: JobResult | None, last: str
) -> JobResult | Again:
    """Return the result of a job that has ended, or why it is to be tried again.

    Args:
        stage: its name.
        job: the job's id.
        state: how it ended; None where the head no longer knows it.
        result: what it left, if anything.
        last: the last line that it printed.

    Raises:
        LooseleafError: if it failed in a way that another attempt would repeat, or somebody stopped it.
    """
    if result is not None and result.error is None:
        return result
    if result is not None:
        raise LooseleafError(str(result.error))
    if state is None:
        return Again("Ray's head was lost, and the one that answers now does not know it")
    if state.status == "STOPPED":
        raise LooseleafError(
            f"Stage {stage} was stopped by somebody else than its flow (Ray job {job}): "
            "run again, which continues where it ended."
        )
    reason = _passing(state, last)
    if reason is not None:
        return Again(reason)
    told = last or state.message.strip().rsplit("\n", 1)[-1]
    raise LooseleafError(
        f"Stage {stage} ended without a result (its last line was {told!r}): "
        f"see the log of Ray job {job}, then run again, which continues where it ended."
    )


def _passing(state: JobState, last: str) -> str | None:
    """Return the trouble that may pass; None where it would come again."""
    if state.status == "SUCCEEDED":
        return "it left no result"
    code = state.exit_code
    if code is None:
        lost = _LOST.get(state.error_type)
        detail = state.message.strip().split("\n", 1)[0][:200]
        return None if lost is None else f"{lost} ({detail})" if detail else lost
    if code == TRY_AGAIN:
        return last or "a trouble that may pass"
    # A shell between Ray and the process would add 128.
    number = -code if code < 0 else code - 128
    if number <= 0:
        return None
    try:
        which = signal.Signals(number)
    except ValueError:
        return None
    return _SIGNALS.get(which, f"its process crashed ({which.name})")
