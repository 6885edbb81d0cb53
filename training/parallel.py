"""Where weights are held when several workers train: all by each, or of the encoders a share by each.

`ddp` is the plain way: each worker holds the model, and gradients are summed over the workers. With `fsdp`
the weights of encoders that are trained, their gradients and the optimiser's moments are spread (PyTorch's
`fully_shard`); an encoder is put together where it computes. Heads are small and stay whole. Both compute the
same up to rounding, and a checkpoint is whole in either: a run may go on with the other way.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Literal

import torch
import torch.distributed as dist
from torch import Tensor, nn

from training.gather import is_share, workers

Parallel = Literal["auto", "ddp", "fsdp"]

_LOG = logging.getLogger(__name__)
#: Bytes that a trained number takes: itself, its gradient and two moments.
_BYTES = 16
#: Of a device's memory: what is trained may take so much before it is spread.
_SHARE = 0.5


def shard_encoders(encoders: Iterable[nn.Module | None], parallel: Parallel, device: torch.device) -> bool:
    """Spread the weights of encoders over the workers, if that is asked for or needed; say whether it was.

    Every worker must call it, before the optimiser is made.

    Args:
        encoders: with their weights, on their device; None is none.
        parallel: auto spreads where one worker's memory would be short.
        device: of the worker.
    """
    there = [encoder for encoder in encoders if encoder is not None]
    if workers() == 1 or parallel == "ddp":
        return False
    if not there:
        if parallel == "fsdp":
            _LOG.info("parallel is fsdp, but no encoder is trained: heads are small, nothing to spread")
        return False
    if parallel == "auto" and _wanted_bytes(there) <= _SHARE * _memory(device):
        return False
    from torch.distributed.device_mesh import init_device_mesh  # noqa: PLC0415 - costs a second
    from torch.distributed.fsdp import FSDPModule, fully_shard  # noqa: PLC0415

    mesh = init_device_mesh(device.type, (workers(),))
    for encoder in there:
        for parameter in encoder.parameters():
            parameter.data = parameter.data.contiguous()
        for part in (*getattr(encoder, "blocks", ()), encoder):
            fully_shard(part, mesh=mesh, reshard_after_forward=True)
            assert isinstance(part, FSDPModule)
            # Shares of the loss are summed, see `training.gather`.
            part.set_gradient_divide_factor(1.0)
            part.set_force_sum_reduction_for_comms(True)
    _LOG.info("the weights of the encoders are spread over %d workers", workers())
    return True


def is_sharded(module: nn.Module | None) -> bool:
    """Say whether weights of a module are spread over the workers."""
    return module is not None and bool(_parts(module))


@contextmanager
def whole_weights(module: nn.Module) -> Iterator[None]:
    """Hold all weights on each worker meanwhile, so that any of them may compute alone.

    Every worker must enter it; nothing is trained within.
    """
    parts = _parts(module)
    for part in parts:
        part.set_reshard_after_forward(False, recurse=False)
        part.unshard()
    try:
        yield
    finally:
        for part in parts:
            part.reshard()
            part.set_reshard_after_forward(True, recurse=False)
        for part in parts:
            if not any(part is not other and part in set(other.modules()) for other in parts):
                # Else the workers' next steps would fetch ahead by what each of them computed meanwhile.
                part.reset_iter_state()


def whole(value: Any) -> Any:
    """Return what a state holds with every tensor whole and on the CPU; every worker must call it."""
    if isinstance(value, Tensor):
        full: Tensor = value.full_tensor() if is_share(value) else value  # type: ignore[attr-defined]
        return full.detach().cpu()
    if isinstance(value, Mapping):
        return {name: whole(item) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return type(value)(whole(item) for item in value)
    return value


def like(held: Tensor, value: Tensor) -> Tensor:
    """Return a whole tensor in the form in which a worker holds `held`."""
    if not is_share(held) or held.shape != value.shape:
        return value
    from torch.distributed.tensor import DTensor, distribute_tensor  # noqa: PLC0415

    assert isinstance(held, DTensor)
    # Each worker has read all of it: none needs to be sent its share.
    return distribute_tensor(value.to(held.device), held.device_mesh, held.placements, src_data_rank=None)


def whole_optimizer(optimizer: torch.optim.Optimizer) -> dict[str, Any]:
    """Return the state of an optimiser with every tensor whole; every worker must call it."""
    found: dict[str, Any] = whole(optimizer.state_dict())
    return found


def load_optimizer(optimizer: torch.optim.Optimizer, state: Mapping[str, Any]) -> None:
    """Load what `whole_optimizer` returned into an optimiser, whose weights may be spread."""
    held = [parameter for group in optimizer.param_groups for parameter in group["params"]]
    moments = {
        index: {
            name: like(held[index], value) if isinstance(value, Tensor) else value
            for name, value in entry.items()
        }
        for index, entry in state["state"].items()
    }
    optimizer.load_state_dict({**state, "state": moments})


def clip_gradients(module: nn.Module, most: float) -> float:
    """Shorten the gradient to a norm of at most `most`; return its norm before.

    Gradients of whole weights must be the same on each worker.
    """
    gradients = [parameter.grad for parameter in module.parameters() if parameter.grad is not None]
    if not is_sharded(module):
        return float(torch.nn.utils.clip_grad_norm_(module.parameters(), most))
    own = [_own(gradient) for gradient in gradients if is_share(gradient)]
    kept = [gradient for gradient in gradients if not is_share(gradient)]
    spread = _square(own, kept)
    dist.all_reduce(spread)
    norm = (_square(kept, own) + spread).sqrt()
    scale = (most / (norm + 1e-6)).clamp(max=1.0)
    for gradient in (*own, *kept):
        gradient.mul_(scale)
    return float(norm)


def _parts(module: nn.Module) -> list[Any]:
    if workers() == 1:
        return []
    from torch.distributed.fsdp import FSDPModule  # noqa: PLC0415

    return [part for part in module.modules() if isinstance(part, FSDPModule)]


def _own(tensor: Tensor) -> Tensor:
    own: Tensor = tensor.to_local()  # type: ignore[attr-defined]
    return own


def _square(tensors: list[Tensor], others: list[Tensor]) -> Tensor:
    squares = [tensor.square().sum() for tensor in tensors]
    return torch.stack(squares).sum() if squares else others[0].new_zeros(())


def _wanted_bytes(encoders: list[nn.Module]) -> int:
    trained = {p for encoder in encoders for p in encoder.parameters() if p.requires_grad}
    return _BYTES * sum(parameter.numel() for parameter in trained)


def _memory(device: torch.device) -> float:
    """Return the memory of a worker, in bytes."""
    if device.type == "cuda":
        return float(torch.cuda.get_device_properties(device).total_memory)
    whole_machine = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    return whole_machine / int(os.environ.get("LOCAL_WORLD_SIZE", "1"))
