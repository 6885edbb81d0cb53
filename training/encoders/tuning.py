"""How a packaged encoder is trained in place: all of it, by LoRA, or by bottleneck adapters."""

from __future__ import annotations

from dataclasses import dataclass

from torch import nn

from training.encoders.bottleneck import insert_bottlenecks
from training.encoders.lora import insert_lora
from training.encoders.tuning_settings import TuningSettings


@dataclass(frozen=True)
class Sites:
    """Where adapters go in an encoder: the last parts of the names of its modules."""

    low_rank: tuple[str, ...]  # linear maps and 1 x 1 convolutions that LoRA changes
    bottlenecks: tuple[str, ...]  # modules whose output a bottleneck changes
    norms: tuple[str, ...] = ()  # layer norms that train beside the bottlenecks


def tune(encoder: nn.Module, settings: TuningSettings, sites: Sites) -> None:
    """Put adapters into an encoder and lock what they do not train; `full` leaves it as it is.

    Each adapter starts as the identity: the encoder gives what it gave before.

    Args:
        encoder: changed in place.
        settings: of the adapters.
        sites: where they go.
    """
    match settings.kind:
        case "lora":
            insert_lora(encoder, settings.rank, sites.low_rank)
        case "bottleneck":
            insert_bottlenecks(encoder, settings.rank, sites.bottlenecks, sites.norms)
        case "full":
            encoder.requires_grad_(True)
