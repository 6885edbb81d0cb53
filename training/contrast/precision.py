"""Contrasts are computed in float32 at least: at a scale of 100 half precision has no digit left."""

from __future__ import annotations

import torch
from torch import Tensor


def widened(values: Tensor) -> Tensor:
    """Return `values` in float32, or as they are where they are wider."""
    return values.to(torch.promote_types(values.dtype, torch.float32))
