"""Gathering the documents of all workers, with gradients and without padding.

Each worker computes the loss terms of its own documents against everything that was gathered. The sum of
these shares over the workers is the loss of one worker that holds the whole batch. The backward pass sends
each worker the sum of all workers' gradients for its own vectors. So gradients of parameters are to be SUMMED
over the workers (`sum_gradients`). A wrapper that averages them (DistributedDataParallel) needs the share
multiplied by the number of workers.
"""

from __future__ import annotations

from typing import Any

import torch
import torch.distributed as dist
from torch import Tensor, nn
from torch.autograd.function import once_differentiable

from training import ragged
from training.encoded import Encoded, Gathered


def workers() -> int:
    """How many workers train together; 1 without a process group."""
    return dist.get_world_size() if dist.is_available() and dist.is_initialized() else 1


def gather_rows(rows: Tensor) -> tuple[Tensor, list[int]]:
    """Concatenate the workers' `rows` [n_rank, ...] in rank order; sizes may differ, gradients come back.

    Every worker must call it equally often and in the same order, and use the result in its loss.

    Returns:
        The rows [Σn, ...] and the number of rows of each worker.
    """
    if workers() == 1:
        return rows, [len(rows)]
    size = torch.tensor([len(rows)], dtype=torch.int64, device=rows.device)
    sizes = [torch.zeros_like(size) for _ in range(workers())]
    dist.all_gather(sizes, size)
    counts = [int(count) for count in sizes]
    gathered: Tensor = _GatherRows.apply(rows, counts)  # type: ignore[no-untyped-call]
    return gathered, counts


class _GatherRows(torch.autograd.Function):
    """One broadcast from each worker into its slice, one reduction of each slice back."""

    @staticmethod
    def forward(ctx: Any, rows: Tensor, counts: list[int]) -> Tensor:
        ctx.counts = counts
        gathered = rows.new_empty(sum(counts), *rows.shape[1:])
        for rank, part in enumerate(torch.split(gathered, counts)):
            if rank == dist.get_rank():
                part.copy_(rows)
            if counts[rank]:
                dist.broadcast(part, src=rank)
        return gathered

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor, None]:
        parts = torch.split(grad.clone(memory_format=torch.contiguous_format), ctx.counts)
        for rank, part in enumerate(parts):
            if ctx.counts[rank]:
                dist.reduce(part, dst=rank)
        return parts[dist.get_rank()], None


def gather(encoded: Encoded) -> Gathered:
    """Gather the encoded documents of all workers; with one worker these are the documents themselves."""
    if workers() == 1:
        return Gathered(encoded, first=0, workers=1)
    images, image_counts = gather_rows(encoded.images)
    texts, _ = gather_rows(encoded.texts)
    described = torch.stack(
        [
            ragged.lengths(encoded.image_offsets),
            ragged.lengths(encoded.text_offsets),
            encoded.keys,
            encoded.families,
        ],
        dim=1,
    )
    documents, counts = gather_rows(described)
    assert len(image_counts) == len(counts)
    whole = Encoded(
        images=images,
        image_offsets=ragged.offsets_of(documents[:, 0]),
        texts=texts,
        text_offsets=ragged.offsets_of(documents[:, 1]),
        keys=documents[:, 2].contiguous(),
        families=documents[:, 3].contiguous(),
    )
    return Gathered(whole, first=sum(counts[: dist.get_rank()]), workers=len(counts))


def sum_gradients(module: nn.Module) -> None:
    """Add up the gradients of all workers in place, in one message; a missing gradient counts as zero."""
    if workers() == 1:
        return
    trained = [parameter for parameter in module.parameters() if parameter.requires_grad]
    gradients = [torch.zeros_like(p) if p.grad is None else p.grad for p in trained]
    if not gradients:
        return
    flat = torch.cat([gradient.reshape(-1) for gradient in gradients])
    dist.all_reduce(flat)
    pieces = torch.split(flat, [gradient.numel() for gradient in gradients])
    for parameter, gradient, piece in zip(trained, gradients, pieces, strict=True):
        parameter.grad = piece.view_as(gradient)


def total(share: Tensor) -> float:
    """Return the loss of the whole batch, the sum of the workers' shares, for a log."""
    value = share.detach().clone()
    if workers() > 1:
        dist.all_reduce(value)
    return float(value)
