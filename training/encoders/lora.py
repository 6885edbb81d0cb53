"""Low-rank adapters (Hu et al. 2021, arXiv:2106.09685), by the library peft."""

from __future__ import annotations

from collections.abc import Sequence

from torch import nn


def insert_lora(encoder: nn.Module, rank: int, names: Sequence[str]) -> None:
    """Add a low-rank change, zero at first, to each map of these names; all other weights are locked.

    Args:
        encoder: changed in place.
        rank: of each change.
        names: last parts of the names of linear maps or convolutions.
    """
    # What is heavy is imported by the run that needs it.
    from peft import LoraConfig, inject_adapter_in_model  # noqa: PLC0415

    # No dropout: every draw of a run is a function of seed, step and document.
    told = LoraConfig(r=rank, lora_alpha=2 * rank, lora_dropout=0.0, target_modules=list(names))
    inject_adapter_in_model(told, encoder)
