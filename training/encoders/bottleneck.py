"""Bottleneck adapters (Houlsby et al. 2019, arXiv:1902.00751)."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn


class Bottleneck(nn.Module):
    """x + up(GELU(down(x))), whose last map starts at zero.

    Args:
        width: of input and output.
        hidden: of the bottleneck.
    """

    def __init__(self, width: int, hidden: int) -> None:
        super().__init__()
        self.down = nn.Linear(width, hidden)
        self.up = nn.Linear(hidden, width)
        nn.init.zeros_(self.up.weight)
        nn.init.zeros_(self.up.bias)

    def forward(self, features: Tensor) -> Tensor:
        """Map vectors [..., width], or maps [n, width, height, width], to the same shape."""
        if features.dim() == 4:
            return self._change(features.movedim(1, -1)).movedim(-1, 1)
        return self._change(features)

    def _change(self, features: Tensor) -> Tensor:
        changed: Tensor = features + self.up(nn.functional.gelu(self.down(features)))
        return changed


def insert_bottlenecks(
    encoder: nn.Module, hidden: int, names: Sequence[str], norms: Sequence[str] = ()
) -> None:
    """Put a bottleneck behind each module of these names; all other weights but the norms are locked.

    Args:
        encoder: changed in place.
        hidden: width of each bottleneck.
        names: last parts of the names of linear maps or batch norms, dots in them included.
        norms: likewise, of what trains beside the bottlenecks.

    Raises:
        ValueError: if the encoder has no module of these names.
    """
    encoder.requires_grad_(False)
    found = [name for name, _ in encoder.named_modules() if name.endswith(tuple(names))]
    if not found:
        raise ValueError(f"the encoder has no module called {' or '.join(names)}")
    for name in found:
        module = encoder.get_submodule(name)
        parent, _, child = name.rpartition(".")
        adapter = Bottleneck(_width(module), hidden)
        setattr(encoder.get_submodule(parent), child, nn.Sequential(module, adapter))
    for name, module in encoder.named_modules():
        if norms and name.endswith(tuple(norms)):
            module.requires_grad_(True)


def _width(module: nn.Module) -> int:
    if isinstance(module, nn.Linear):
        return module.out_features
    if isinstance(module, torch.nn.BatchNorm2d):
        return module.num_features
    raise ValueError(f"a bottleneck goes behind a linear map or a batch norm, not {type(module).__name__}")
