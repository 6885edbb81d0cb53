"""The settings of one similarity."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import Field, model_validator

from training.settings import Settings

Form = Literal["mean", "max", "chamfer", "smooth_chamfer", "logsumexp", "routing"]

#: Which fields each form reads; the forms that are not named read none.
_READ: dict[str, set[str]] = {
    "smooth_chamfer": {"alpha", "alpha_start"},
    "routing": {"temperature"},
}


class SimilaritySettings(Settings):
    """Which similarity between two sets; a field that its form does not read is refused."""

    form: Form = Field(default="smooth_chamfer", description="How two sets are compared.")
    alpha: float = Field(
        default=16.0, gt=0, le=100, description="smooth_chamfer: sharpness (above 0, to 100)."
    )
    alpha_start: float | None = Field(
        default=None,
        gt=0,
        le=100,
        description="smooth_chamfer: sharpness at the first step, on the way to alpha (above 0, to 100).",
    )
    temperature: float = Field(
        default=0.1, gt=0, le=10, description="routing: of its attention (above 0, to 10)."
    )

    @model_validator(mode="after")
    def _only_what_is_read(self) -> Self:
        unread = sorted(self.model_fields_set - _READ.get(self.form, set()) - {"form"})
        if unread:
            raise ValueError(f"the form {self.form} does not read {unread[0]}: leave it out")
        return self
