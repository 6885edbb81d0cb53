"""Checkpoints: weights, optimiser and the place in the data; complete or not there.

    RUN/checkpoints/step-000100/model.safetensors
    RUN/checkpoints/step-000100/optimizer.pt
    RUN/checkpoints/step-000100/cursor.json        written last: a checkpoint without it does not count

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

_NAME = re.compile(r"step-(\d{6,})")


@dataclass(frozen=True)
class Cursor:
    """Where training stands: `step` optimiser steps are done; the next batch is `batch` of `epoch`."""

    seed: int
    step: int = 0
    epoch: int = 0
    batch: int = 0


def save_checkpoint(run: str, model: nn.Module, optimizer: torch.optim.Optimizer, cursor: Cursor) -> None:
    """Write a checkpoint, unless the complete one of that step is already there."""
    folder = _folder(run, cursor.step)
    if exists(join(folder, "cursor.json")):
        return
    write_bytes_atomic(join(folder, "model.safetensors"), safetensors.torch.save(_tensors(model)))
    buffer = io.BytesIO()
    torch.save(optimizer.state_dict(), buffer)
    write_bytes_atomic(join(folder, "optimizer.pt"), buffer.getvalue())
    write_bytes_atomic(join(folder, "cursor.json"), json.dumps(asdict(cursor)).encode())


def checkpoint_steps(run: str) -> list[int]:
    """Return the steps of the complete checkpoints, ascending."""
    filesystem, path = open_filesystem(join(run, "checkpoints"))
    if not filesystem.exists(path):
        return []
    names = [entry.rstrip("/").rsplit("/", 1)[-1] for entry in filesystem.ls(path, detail=False)]
    steps = sorted(int(match[1]) for name in names if (match := _NAME.fullmatch(name)))
    return [step for step in steps if exists(join(_folder(run, step), "cursor.json"))]


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
        model.load_state_dict(weights)
    except RuntimeError as error:
        raise LooseleafError(
            f"The checkpoint of step {chosen} in {run} is of another model than its config.json describes; "
            "train in a new folder."
        ) from error
    return chosen


def resume(run: str, model: nn.Module, optimizer: torch.optim.Optimizer) -> Cursor | None:
    """Load the latest complete checkpoint into model and optimiser; None if there is none yet."""
    steps = checkpoint_steps(run)
    if not steps:
        return None
    folder = _folder(run, load_model(run, model, steps[-1]))
    state: Any = torch.load(io.BytesIO(read_bytes(join(folder, "optimizer.pt"))), weights_only=True)
    optimizer.load_state_dict(state)
    return Cursor(**json.loads(read_bytes(join(folder, "cursor.json"))))


def _folder(run: str, step: int) -> str:
    return join(run, "checkpoints", f"step-{step:06d}")


def _tensors(model: nn.Module) -> dict[str, Tensor]:
    return {name: tensor.detach().cpu().contiguous() for name, tensor in model.state_dict().items()}
