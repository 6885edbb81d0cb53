"""How documents are mined while a model trains."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from training.settings import Settings

#: What keeps a document from being a negative; parts of one document never are.
Guard = Literal["image", "margin", "estimate"]


class MiningSettings(Settings):
    """Mining by the model that is trained; until the first one blocks are as they were packed."""

    every: int = Field(
        default=4, ge=1, le=1_000_000, description="Epochs from one mining to the next (1 to 1e6)."
    )
    neighbours: int = Field(
        default=8, ge=1, le=1000, description="Negatives that are kept of a document (1 to 1000)."
    )
    guards: tuple[Guard, ...] = Field(
        default=("image", "margin", "estimate"),
        description="What is refused: documents with the same image, those more similar than a document to "
        "itself, those that locked features hold for the same.",
    )
    margin: float = Field(
        default=0.05,
        ge=0,
        le=2,
        description="Similarity by which a negative may exceed a document's own (0 to 2).",
    )
    most_false: float = Field(
        default=0.5,
        ge=0,
        le=1,
        description="Largest estimated probability that a negative is a false one (0 to 1).",
    )
