"""Encoders that are trained, compiled by `torch.compile` for batches of any size."""

from __future__ import annotations

import logging

import torch
from torch import nn

from storage.errors import LooseleafError
from training.model import UnalignedModel

_LOG = logging.getLogger(__name__)
_BACKEND = "inductor"


def compile_encoders(model: UnalignedModel) -> None:
    """Compile the encoders of a model in place; names and values of its weights stay what they are.

    Heads are too small to gain. Without an encoder to train nothing is compiled, and the log says so.

    Args:
        model: on its device.

    Raises:
        LooseleafError: if nothing can be compiled on this machine.
    """
    encoders = [encoder for encoder in (model.image_encoder, model.text_encoder) if encoder is not None]
    if not encoders:
        _LOG.info("compile is on, but locked features are read and no encoder is trained: nothing to compile")
        return
    _try(model.log_scale.device)
    for encoder in encoders:
        inner = getattr(encoder, "network", encoder)
        assert isinstance(inner, nn.Module)
        inner.compile(dynamic=True, backend=_BACKEND)
        _LOG.info("compiled %s: its first steps take longer", type(encoder).__name__)


def _try(device: torch.device) -> None:
    """Compile a sum, to tell now and not within a step that there is no compiler."""
    try:
        torch.compile(torch.sum, backend=_BACKEND)(torch.ones(2, device=device))
    except torch._dynamo.exc.TorchDynamoException as error:
        reason = str(error).splitlines()[0]
        raise LooseleafError(
            f"compile is on, but nothing can be compiled on this machine ({reason}); install a C++ compiler "
            "(on a GPU also Triton), or leave compile out."
        ) from error
