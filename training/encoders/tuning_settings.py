"""The settings of how a packaged encoder is trained in place."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import Field, model_validator

from training.settings import Settings


class TuningSettings(Settings):
    """What of a packaged encoder is trained."""

    kind: Literal["full", "lora", "bottleneck"] = Field(
        default="full", description="All weights, low-rank changes of them, or small adapters between them."
    )
    rank: int = Field(
        default=8, ge=1, le=256, description="Of LoRA, or the width of a bottleneck (1 to 256)."
    )

    @model_validator(mode="after")
    def _only_what_is_read(self) -> Self:
        if self.kind == "full" and self.rank != type(self).model_fields["rank"].default:
            raise ValueError("full training has no rank: leave it out, or choose lora or bottleneck")
        return self
