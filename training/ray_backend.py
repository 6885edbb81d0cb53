"""PyTorch on Ray Train's workers, which heed that they will be taken away."""

from __future__ import annotations

from typing import Any

from ray.train.torch import TorchConfig
from ray.train.v2._internal.execution.context import get_train_context

from training.stopping import listen, told_by_sigterm


class _StoppableBackend(TorchConfig().backend_cls):  # type: ignore[misc]
    """The usual backend; its workers take SIGTERM down instead of ending at once."""

    def on_training_start(self, worker_group: Any, backend_config: Any) -> None:
        """Prepare the workers, each in its main thread: a training thread can set no handler."""
        super().on_training_start(worker_group, backend_config)
        worker_group.execute(listen)


class StoppableTorch(TorchConfig):  # type: ignore[misc]
    """What `TorchTrainer` is told of PyTorch."""

    @property
    def backend_cls(self) -> type[Any]:
        """The class that prepares the workers."""
        return _StoppableBackend


def told_on_worker() -> bool:
    """Say whether this worker was told to stop, by SIGTERM or because a node of the run will be taken away.

    Ray's own question, `ray.train.get_preemption_info`, makes all workers wait for each other; the steps of a
    training already do that.
    """
    return told_by_sigterm() or get_train_context().preemption_context.preemption_info is not None
