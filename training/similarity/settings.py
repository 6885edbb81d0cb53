"""The settings of one similarity."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import Field, model_validator

from training.settings import Settings

#: The forms that the cosines of two sets decide.
CosineFormName = Literal[
    "mean", "max", "chamfer", "smooth_chamfer", "logsumexp", "top_k", "assignment", "sinkhorn"
]
Form = Literal[CosineFormName, "routing", "late_interaction"]

#: Which fields each form reads; the forms that are not named read none.
_READ: dict[str, set[str]] = {
    "smooth_chamfer": {"alpha", "alpha_start"},
    "top_k": {"k"},
    "sinkhorn": {"epsilon", "dustbin", "iterations"},
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
    k: int = Field(default=3, ge=1, le=64, description="top_k: partners of each member (1 to 64).")
    epsilon: float = Field(
        default=0.1, ge=0.005, le=1, description="sinkhorn: weight of the entropy (0.005 to 1)."
    )
    dustbin: float = Field(
        default=0.0, ge=-1, le=1, description="sinkhorn: score of the dustbins at the start (-1 to 1)."
    )
    iterations: int = Field(default=20, ge=1, le=500, description="sinkhorn: iterations (1 to 500).")
    temperature: float = Field(
        default=0.1, gt=0, le=10, description="routing: of its attention (above 0, to 10)."
    )
    units: CosineFormName = Field(
        default="smooth_chamfer",
        description="late_interaction: the form over units, whose own fields are read too.",
    )
    scales: Literal["apart", "joined"] = Field(
        default="apart",
        description="late_interaction: match each scale with each by learned weights, or all tokens at once.",
    )

    @model_validator(mode="after")
    def _only_what_is_read(self) -> Self:
        read = _READ.get(self.form, set())
        if self.form == "late_interaction":
            read = {"units", "scales"} | _READ.get(self.units, set())
        # A default that is spelt out says nothing: a configuration that was written down names every field.
        fields = type(self).model_fields.items()
        told = {name for name, field in fields if getattr(self, name) != field.default}
        unread = sorted(told - read - {"form"})
        if unread:
            raise ValueError(f"the form {self.form} does not read {unread[0]}: leave it out")
        return self
