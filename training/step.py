"""One optimiser step: the gathered loss, gradients summed over the workers, clipped."""

from __future__ import annotations

import math
import time
from collections.abc import Sequence
from dataclasses import dataclass

import torch

from storage.errors import LooseleafError
from training.assemble import ObjectiveFunction
from training.batch import TensorBatch
from training.config import OptimizerSettings
from training.gather import sum_gradients, totals
from training.gradient_cache import encode_in_chunks
from training.model import UnalignedModel
from training.parallel import clip_gradients
from training.stages import Group, Stages


@dataclass(frozen=True)
class StepResult:
    """What a step found, the same on every worker."""

    loss: float  # of the whole batch
    terms: dict[str, float]
    gradient_norm: float  # before clipping
    forward_seconds: float
    backward_seconds: float  # with the optimiser's step
    told_to_stop: bool = False  # some worker was


def make_optimizer(
    groups: Sequence[Group], settings: OptimizerSettings, *, sharded: bool = False
) -> torch.optim.AdamW:
    """Return AdamW over the groups of a run's stages.

    Args:
        groups: of weights.
        settings: of the run.
        sharded: some weights are spread over the workers, which cannot be updated together with others.
    """
    decay = settings.weight_decay
    told = [{"params": group.parameters, "weight_decay": decay if group.decays else 0.0} for group in groups]
    return torch.optim.AdamW(told, lr=settings.lr, betas=(0.9, 0.98), foreach=False if sharded else None)


@dataclass(frozen=True)
class Learner:
    """What a run trains, and how."""

    model: UnalignedModel
    optimizer: torch.optim.Optimizer
    stages: Stages
    objective: ObjectiveFunction
    clip_norm: float  # largest norm of the gradient
    encode_documents: int = 0  # encoded at once, with the same gradient; 0 is all

    @property
    def highest_rate(self) -> float:
        """The highest learning rate of the latest step."""
        return max(group["lr"] for group in self.optimizer.param_groups)

    @property
    def trained_parameters(self) -> int:
        """How many numbers the latest step trained."""
        groups = self.optimizer.param_groups
        return sum(p.numel() for group in groups for p in group["params"] if p.requires_grad)


def training_step(
    learner: Learner,
    batch: TensorBatch,
    draw: int,
    rates: Sequence[float | None],
    *,
    told_to_stop: bool = False,
) -> StepResult:
    """Take one step on this worker's share of a batch, which may be empty.

    Args:
        learner: its model in training mode.
        batch: the worker's documents.
        draw: seed of the step, the same on every worker.
        rates: learning rate of each of the optimiser's groups; None locks its weights for this step.
        told_to_stop: this worker was; all of them know after the step.

    Raises:
        LooseleafError: if the loss or its gradient is not finite; the parameters are left as they were.
    """
    model, optimizer = learner.model, learner.optimizer
    optimizer.zero_grad(set_to_none=True)
    for group, rate in zip(optimizer.param_groups, rates, strict=True):
        group["lr"] = rate or 0.0
        for parameter in group["params"]:
            parameter.requires_grad_(rate is not None)
    began = time.perf_counter()
    encoding = encode_in_chunks(model, batch, draw, learner.encode_documents)
    loss = learner.objective(model, batch, encoding.encoded, draw)
    told = loss.total.new_tensor(float(told_to_stop))
    whole, stops, *terms = totals([loss.total, told, *loss.terms.values()])
    forth = time.perf_counter()
    if not math.isfinite(whole):
        raise LooseleafError(
            f"The loss is {whole}; lower optimizer.lr, or look for broken features in this step's documents."
        )
    torch.autograd.backward(loss.total)
    encoding.backward()
    sum_gradients(model)
    norm = clip_gradients(model, learner.clip_norm)
    if not math.isfinite(norm):
        raise LooseleafError(
            f"The gradient's norm is {norm} although the loss is {whole}; lower optimizer.lr."
        )
    optimizer.step()
    named = dict(zip(loss.terms, terms, strict=True))
    return StepResult(whole, named, norm, forth - began, time.perf_counter() - forth, stops > 0)
