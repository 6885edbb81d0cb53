"""Checkpoints: weights, optimiser and the place in the data; complete or not there.

    RUN/checkpoints/step-000100/model.safetensors
    RUN/checkpoints/step-000100/optimizer.pt
    RUN/checkpoints/step-000100/cursor.json        written last: a checkpoint without it does not count

Weights and moments are whole in it, however the workers hold them: a run goes on with any number of workers.

No state of a random generator is kept: every draw is a function of seed, step and document.
"""

from __future__ import annotations

import io
import json
import re
from dataclasses import asdict, dataclass
from typing import Any

import safetensors.torch
import torch
from torch import Tensor, nn

from storage.errors import LooseleafError
from storage.filesystem import exists, join, open_filesystem, read_bytes, write_bytes_atomic
from training.gather import from_first, this_worker
from training.parallel import is_sharded, like, load_optimizer, whole, whole_optimizer

_NAME = re.compile(r"step-(\d{6,})")


@dataclass(frozen=True)
class Cursor:
    """Where training stands: `step` optimiser steps are done; the next batch is `batch` of `epoch`."""

    seed: int
    step: int = 0
    epoch: int = 0
    batch: int = 0


def save_checkpoint(run: str, model: nn.Module, optimizer: torch.optim.Optimizer, cursor: Cursor) -> None:
    """Write a checkpoint, unless the complete one of that step is already there.

    The first worker writes it; every worker must call it where weights are spread over them.
    """
    first = this_worker() == 0
    if not first and not is_sharded(model):
        return
    folder = _folder(run, cursor.step)
    weights, state = whole(model.state_dict()), whole_optimizer(optimizer)
    if not first or exists(join(folder, "cursor.json")):
        return
    tensors = {name: tensor.contiguous() for name, tensor in weights.items()}
    write_bytes_atomic(join(folder, "model.safetensors"), safetensors.torch.save(tensors))
    buffer = io.BytesIO()
    torch.save(state, buffer)
    write_bytes_atomic(join(folder, "optimizer.pt"), buffer.getvalue())
    write_bytes_atomic(join(folder, "cursor.json"), json.dumps(asdict(cursor)).encode())


def remove_checkpoints(run: str, kept: int) -> None:
    """Remove all but the latest complete checkpoints, and incomplete ones before them; 0 keeps all."""
    if not kept:
        return
    oldest = min(checkpoint_steps(run)[-kept:], default=0)
    for step in _steps(run):
        if step >= oldest:
            continue
        filesystem, path = open_filesystem(_folder(run, step))
        # First what makes it complete: a half of one must not count.
        if filesystem.exists(f"{path}/cursor.json"):
            filesystem.rm_file(f"{path}/cursor.json")
        filesystem.rm(path, recursive=True)


def checkpoint_steps(run: str) -> list[int]:
    """Return the steps of the complete checkpoints, ascending."""
    return [step for step in _steps(run) if exists(join(_folder(run, step), "cursor.json"))]


def load_model(run: str, model: nn.Module, step: int | None = None) -> int:
    """Load the weights of a step, by default the latest one; return the step.

    Raises:
        LooseleafError: if the run has no complete checkpoint (of that step), or it is of another model.
    """
    known = checkpoint_steps(run)
    if not known or (step is not None and step not in known):
        wanted = "checkpoint" if step is None else f"checkpoint of step {step}"
        raise LooseleafError(f"{run} has no complete {wanted}; train first, or choose one of {known}.")
    chosen = known[-1] if step is None else step
    weights = safetensors.torch.load(read_bytes(join(_folder(run, chosen), "model.safetensors")))
    try:
        model.load_state_dict(_as_held(model, weights))
    except RuntimeError as error:
        raise LooseleafError(
            f"The checkpoint of step {chosen} in {run} is of another model than its config.json describes; "
            "train in a new folder."
        ) from error
    return chosen


def resume(run: str, model: nn.Module, optimizer: torch.optim.Optimizer) -> Cursor | None:
    """Load the latest complete checkpoint into model and optimiser; None if there is none yet.

    Every worker must call it: the first one says which checkpoint is the latest.
    """
    step = from_first(max(checkpoint_steps(run), default=-1) if this_worker() == 0 else -1)
    if step < 0:
        return None
    folder = _folder(run, load_model(run, model, step))
    state: Any = torch.load(io.BytesIO(read_bytes(join(folder, "optimizer.pt"))), weights_only=True)
    load_optimizer(optimizer, state)
    return Cursor(**json.loads(read_bytes(join(folder, "cursor.json"))))


def _folder(run: str, step: int) -> str:
    return join(run, "checkpoints", f"step-{step:06d}")


def _steps(run: str) -> list[int]:
    """Return the steps of all checkpoints, also of incomplete ones, ascending."""
    filesystem, path = open_filesystem(join(run, "checkpoints"))
    if not filesystem.exists(path):
        return []
    names = [entry.rstrip("/").rsplit("/", 1)[-1] for entry in filesystem.ls(path, detail=False)]
    return sorted(int(match[1]) for name in names if (match := _NAME.fullmatch(name)))


def _as_held(model: nn.Module, weights: dict[str, Tensor]) -> dict[str, Tensor]:
    """Return weights in the form in which this worker holds them; what is wrong with them stays so."""
    held = model.state_dict()
    return {name: like(held[name], value) if name in held else value for name, value in weights.items()}
