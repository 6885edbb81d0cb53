"""One optimiser step: the gathered loss, gradients summed over the workers, clipped."""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch

from storage.errors import LooseleafError
from training.assemble import ObjectiveFunction
from training.batch import TensorBatch
from training.config import OptimizerSettings
from training.gather import sum_gradients, total
from training.gradient_cache import encode_in_chunks
from training.model import UnalignedModel


@dataclass(frozen=True)
class StepResult:
    """What a step found, the same on every worker."""

    loss: float  # of the whole batch
    terms: dict[str, float]
    gradient_norm: float  # before clipping


def make_optimizer(model: UnalignedModel, settings: OptimizerSettings) -> torch.optim.AdamW:
    """Return AdamW; matrices decay, vectors and scalars do not."""
    trained = [parameter for parameter in model.parameters() if parameter.requires_grad]
    groups = [
        {"params": [p for p in trained if p.dim() >= 2], "weight_decay": settings.weight_decay},
        {"params": [p for p in trained if p.dim() < 2], "weight_decay": 0.0},
    ]
    return torch.optim.AdamW(groups, lr=settings.lr, betas=(0.9, 0.98))


@dataclass(frozen=True)
class Learner:
    """What a run trains, and how."""

    model: UnalignedModel
    optimizer: torch.optim.Optimizer
    objective: ObjectiveFunction
    clip_norm: float  # largest norm of the gradient
    encode_documents: int = 0  # encoded at once, with the same gradient; 0 is all


def training_step(learner: Learner, batch: TensorBatch, draw: int, rate: float) -> StepResult:
    """Take one step on this worker's share of a batch, which may be empty.

    Args:
        learner: its model in training mode.
        batch: the worker's documents.
        draw: seed of the step, the same on every worker.
        rate: learning rate.

    Raises:
        LooseleafError: if the loss or its gradient is not finite; the parameters are left as they were.
    """
    model, optimizer = learner.model, learner.optimizer
    for group in optimizer.param_groups:
        group["lr"] = rate
    optimizer.zero_grad(set_to_none=True)
    encoding = encode_in_chunks(model, batch, draw, learner.encode_documents)
    loss = learner.objective(model, batch, encoding.encoded, draw)
    whole = total(loss.total)
    if not math.isfinite(whole):
        raise LooseleafError(
            f"The loss is {whole}; lower optimizer.lr, or look for broken features in this step's documents."
        )
    torch.autograd.backward(loss.total)
    encoding.backward()
    sum_gradients(model)
    norm = float(torch.nn.utils.clip_grad_norm_(model.parameters(), learner.clip_norm))
    if not math.isfinite(norm):
        raise LooseleafError(
            f"The gradient's norm is {norm} although the loss is {whole}; lower optimizer.lr."
        )
    optimizer.step()
    return StepResult(whole, {name: total(term) for name, term in loss.terms.items()}, norm)
