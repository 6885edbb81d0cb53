"""How images and texts are put into loose sets."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from pipeline.recipe.base import Settings

GroupKind = Literal["document", "section", "window", "case"]


class GroupSettings(Settings):
    """How images and texts of a document are put into loose sets."""

    kinds: tuple[GroupKind, ...] = Field(
        default=("document", "section", "window", "case"),
        min_length=1,
        description="Groups to make: document, section, window, case (a simulation case's whole folder).",
    )
    window: int = Field(default=8, ge=2, le=1000, description="Elements in a window (2 to 1000).")
    prior_scale: float = Field(
        default=2.0,
        gt=0.0,
        le=1000.0,
        description="Elements over which the layout prior falls to 1/e (0 to 1000).",
    )
    max_images: int = Field(default=256, ge=1, le=100_000, description="Most images of a group (1 to 1e5).")
    max_texts: int = Field(default=512, ge=1, le=100_000, description="Most texts of a group (1 to 1e5).")
