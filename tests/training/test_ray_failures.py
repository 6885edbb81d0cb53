"""Which failures are worth another try."""

from __future__ import annotations

import pytest
import ray.exceptions
import ray.train
from ray.train.v2._internal.exceptions import WorkerHealthCheckFailedError

from storage.errors import LooseleafError
from training.ray_failures import failure_of


def _failed(failures: dict[int, Exception]) -> ray.train.TrainingFailedError:
    return ray.train.WorkerGroupError("failed", failures)


def _lost() -> Exception:
    return WorkerHealthCheckFailedError("a health check failed", failure=ray.exceptions.RayActorError())


def test_a_workers_own_sentence_is_final_whatever_else_failed() -> None:
    sentence = LooseleafError("The loss is nan; lower optimizer.lr.")
    with pytest.raises(LooseleafError, match="The loss is nan"):
        failure_of(_failed({0: RuntimeError("Connection closed by peer"), 1: sentence, 2: _lost()}))


@pytest.mark.parametrize(
    ("failures", "reason"),
    [
        ({0: RuntimeError("gloo\nConnection closed by peer"), 2: _lost()}, "worker 2 was lost"),
        ({1: _lost(), 0: _lost()}, "workers 0, 1 were lost"),
        ({0: RuntimeError("gloo\nConnection closed by peer")}, "a worker failed (Connection closed by peer)"),
    ],
)
def test_a_lost_worker_is_made_up_for(failures: dict[int, Exception], reason: str) -> None:
    assert failure_of(_failed(failures)).reason == reason


def test_a_controller_that_failed_is_tried_again() -> None:
    error = ray.train.ControllerError(ValueError("no placement group"))
    assert failure_of(error).reason == "a worker failed (no placement group)"
