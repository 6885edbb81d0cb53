"""Why workers ended, and whether it is of use to start them again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import ray.exceptions
import ray.train

from storage.errors import LooseleafError


@dataclass(frozen=True)
class Failure:
    """A failure that another try may not have."""

    reason: str


def failure_of(error: ray.train.TrainingFailedError) -> Failure:
    """Return what a training failed by, if it is worth another try.

    A worker's own sentence stays what it is wherever the worker runs. Other errors are tried again: when one
    worker is lost, those that waited for it fail too, each by an error of its own, and often before Ray knows
    of the loss.

    Raises:
        LooseleafError: if a worker says itself why it cannot go on.
    """
    failures: Mapping[int, Exception] = getattr(error, "worker_failures", {})
    for failure in failures.values():
        if isinstance(failure, LooseleafError):
            raise failure
    lost = [str(rank) for rank, failure in sorted(failures.items()) if _is_lost(failure)]
    if lost:
        return Failure(
            f"worker {lost[0]} was lost" if len(lost) == 1 else f"workers {', '.join(lost)} were lost"
        )
    return Failure(f"a worker failed ({_last_line(next(iter(failures.values()), error))})")


def _is_lost(failure: Exception) -> bool:
    return isinstance(getattr(failure, "health_check_failure", failure), ray.exceptions.RayActorError)


def _last_line(failure: Exception) -> str:
    return str(failure).strip().rsplit("\n", 1)[-1] or type(failure).__name__
