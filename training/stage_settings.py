"""The settings of staged training: which weights are locked or trained, by patterns, from which step."""

from __future__ import annotations

import re
from typing import Any, Literal

from pydantic import Field, field_validator, model_validator

from training.settings import Settings


class RateSettings(Settings):
    """How fast the weights of a pattern train; `[pattern, schedule]` or `[pattern, schedule, times]`."""

    pattern: str = Field(description="Matches the whole name of a weight, such as `text_encoder.*`.")
    schedule: Literal["cosine", "constant"] | None = Field(
        description="What follows the warm-up in this stage; null locks the weights."
    )
    times: float = Field(
        default=1.0, gt=0, le=100, description="Of the optimiser's learning rate (above 0, to 100)."
    )

    @model_validator(mode="before")
    @classmethod
    def _of_a_list(cls, told: Any) -> Any:
        if isinstance(told, list | tuple) and len(told) in (2, 3):
            return dict(zip(("pattern", "schedule", "times"), told, strict=False))
        return told

    @field_validator("pattern")
    @classmethod
    def _is_a_pattern(cls, told: str) -> str:
        try:
            re.compile(told)
        except re.error as error:
            raise ValueError(f"{told!r} is no regular expression ({error})") from error
        return told


class StageSettings(Settings):
    """A stage: its own warm-up and schedule, over its own steps."""

    from_step: int = Field(default=0, ge=0, description="Steps done before it (0 up).")
    rates: tuple[RateSettings, ...] = Field(
        min_length=1, description="For each weight the first pattern that matches counts."
    )
