"""In which precision encoders and heads compute; losses are always computed in float32 at least."""

from __future__ import annotations

from typing import Literal

import torch
from torch import Tensor

Precision = Literal["fp32", "bf16"]


def mixed(device: torch.device, precision: Precision) -> torch.autocast:
    """Return a context in which matrix products run in `precision`, on either kind of device."""
    return torch.autocast(device.type, torch.bfloat16, enabled=precision == "bf16")


def widened(values: Tensor) -> Tensor:
    """Return `values` in float32, or as they are where they are wider.

    At a scale of 100 half precision has no digit left, and a sum over many loses its last ones.
    """
    return values.to(torch.promote_types(values.dtype, torch.float32))
