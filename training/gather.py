"""Gathering the documents of all workers, with gradients and without padding.

Each worker computes the loss terms of its own documents against everything that was gathered. The sum of
these shares over the workers is the loss of one worker that holds the whole batch. The backward pass sends
each worker the sum of all workers' gradients for its own vectors. So gradients of parameters are to be SUMMED
over the workers (`sum_gradients`). A wrapper that averages them (DistributedDataParallel) needs the share
multiplied by the number of workers.

Weights may be spread over the workers, see `training.parallel`; their gradients are summed as they are made.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
import torch.distributed as dist
from torch import Tensor, nn
from torch.autograd.function import once_differentiable

from training import ragged
from training.encoded import Encoded, Gathered
from training.unit_tokens import UnitTokens


def workers() -> int:
    """How many workers train together; 1 without a process group."""
    return dist.get_world_size() if dist.is_available() and dist.is_initialized() else 1


def this_worker() -> int:
    """The rank of this worker; 0 without a process group."""
    return dist.get_rank() if workers() > 1 else 0


def gather_rows(rows: Tensor) -> tuple[Tensor, list[int]]:
    """Concatenate the workers' `rows` [n_rank, ...] in rank order, without gradient; sizes may differ.

    Every worker must call it equally often and in the same order.

    Returns:
        The rows [Σn, ...] and the number of rows of each worker.
    """
    counts = _counts(rows)
    if len(counts) == 1:
        return rows, counts
    return _broadcast(rows.detach(), counts), counts


def gather_both(images: Tensor, texts: Tensor) -> tuple[Tensor, Tensor, list[int]]:
    """Concatenate the workers' `images` [m_rank, ...] and `texts` [n_rank, ...]; gradients come back.

    Their gradients come back in one step of the backward pass, images first: two steps of their own would be
    taken in an order that depends on the graph of each worker, and meet the wrong one elsewhere.

    Every worker must call it equally often and in the same order, and use a result in its loss.

    Returns:
        The images, the texts, and the number of images of each worker.
    """
    (all_images, all_texts), counts = _gather_together([images, texts])
    return all_images, all_texts, counts[0]


def _gather_together(parts: Sequence[Tensor]) -> tuple[tuple[Tensor, ...], list[list[int]]]:
    """Gather tensors whose gradients come back in one step; with each its number of rows by worker."""
    counts = [_counts(part) for part in parts]
    if workers() == 1:
        return tuple(parts), counts
    gathered: tuple[Tensor, ...] = _GatherTogether.apply(counts, *parts)  # type: ignore[no-untyped-call]
    return gathered, counts


class _GatherTogether(torch.autograd.Function):
    """One broadcast from each worker into its slice, one reduction of each slice back."""

    @staticmethod
    def forward(ctx: Any, counts: list[list[int]], *parts: Tensor) -> tuple[Tensor, ...]:
        ctx.counts = counts
        return tuple(_broadcast(part, count) for part, count in zip(parts, counts, strict=True))

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, *grads: Tensor) -> tuple[Tensor | None, ...]:
        return None, *(_reduced(grad, count) for grad, count in zip(grads, ctx.counts, strict=True))


def _counts(rows: Tensor) -> list[int]:
    """The number of rows of each worker."""
    if workers() == 1:
        return [len(rows)]
    size = torch.tensor([len(rows)], dtype=torch.int64, device=rows.device)
    sizes = [torch.zeros_like(size) for _ in range(workers())]
    dist.all_gather(sizes, size)
    return [int(count) for count in sizes]


def _broadcast(rows: Tensor, counts: list[int]) -> Tensor:
    gathered = rows.new_empty(sum(counts), *rows.shape[1:])
    for rank, part in enumerate(torch.split(gathered, counts)):
        if rank == dist.get_rank():
            part.copy_(rows)
        if counts[rank]:
            dist.broadcast(part, src=rank)
    return gathered


def _reduced(grad: Tensor, counts: list[int]) -> Tensor:
    parts = torch.split(grad.clone(memory_format=torch.contiguous_format), counts)
    for rank, part in enumerate(parts):
        if counts[rank]:
            dist.reduce(part, dst=rank)
    return parts[dist.get_rank()]


def gather(encoded: Encoded) -> Gathered:
    """Gather the encoded documents of all workers; with one worker these are the documents themselves."""
    if workers() == 1:
        return Gathered(encoded, first=0, workers=1)
    (images, texts, *tokens), vector_counts = _gather_together(encoded.vectors)
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
    assert len(vector_counts[0]) == len(counts)
    vectors_of_tokens = iter(tokens)

    def whole_tokens(own: UnitTokens | None) -> UnitTokens | None:
        if own is None:
            return None
        sizes, _ = gather_rows(ragged.lengths(own.offsets))
        scales, _ = gather_rows(own.scales)
        return UnitTokens(next(vectors_of_tokens), ragged.offsets_of(sizes), scales)

    whole = Encoded(
        images=images,
        image_offsets=ragged.offsets_of(documents[:, 0]),
        texts=texts,
        text_offsets=ragged.offsets_of(documents[:, 1]),
        keys=documents[:, 2].contiguous(),
        families=documents[:, 3].contiguous(),
        image_tokens=whole_tokens(encoded.image_tokens),
        text_tokens=whole_tokens(encoded.text_tokens),
    )
    return Gathered(whole, first=sum(counts[: dist.get_rank()]), workers=len(counts))


def sum_gradients(module: nn.Module) -> None:
    """Add up the gradients of all workers in place, in one message; a missing gradient counts as zero."""
    if workers() == 1:
        return
    trained = [parameter for parameter in module.parameters() if parameter.requires_grad]
    for parameter in trained:
        if parameter.grad is None:
            parameter.grad = torch.zeros_like(parameter)
    gradients = [p.grad for p in trained if p.grad is not None and not is_share(p)]
    if not gradients:
        return
    flat = torch.cat([gradient.reshape(-1) for gradient in gradients])
    dist.all_reduce(flat)
    pieces = torch.split(flat, [gradient.numel() for gradient in gradients])
    for gradient, piece in zip(gradients, pieces, strict=True):
        gradient.copy_(piece.view_as(gradient))


def is_share(tensor: Tensor) -> bool:
    """Say whether a worker holds but a share of a weight, or of its gradient."""
    if workers() == 1:
        return False
    from torch.distributed.tensor import DTensor  # noqa: PLC0415 - costs a second where nothing is shared

    return isinstance(tensor, DTensor)


def total(share: Tensor) -> float:
    """Return the loss of the whole batch, the sum of the workers' shares, for a log."""
    return totals([share])[0]


def totals(shares: Sequence[Tensor]) -> list[float]:
    """Return the sum over the workers of each of some numbers, in one message."""
    values = torch.stack([share.detach().double() for share in shares])
    if workers() > 1:
        dist.all_reduce(values)
    return [float(value) for value in values.tolist()]


def from_first(value: int) -> int:
    """Return what the first worker says, on every worker."""
    if workers() == 1:
        return value
    told = [value]
    dist.broadcast_object_list(told, src=0)
    return told[0]


def highest(value: int, device: torch.device) -> int:
    """Return the highest of the workers' numbers."""
    if workers() == 1:
        return value
    told = torch.tensor([value], device=device)
    dist.all_reduce(told, op=dist.ReduceOp.MAX)
    return int(told)
