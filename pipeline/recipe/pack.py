"""How training shards are written."""

from __future__ import annotations

from pydantic import Field, model_validator

from pipeline.recipe.base import Settings


class PackSettings(Settings):
    """What a training shard holds, and what is held out."""

    block_documents: int = Field(
        default=8, ge=1, le=4096, description="Documents that are packed to meet in one batch (1 to 4096)."
    )
    include_bytes: bool = Field(default=False, description="Put the images' bytes into the shards.")
    test_fraction: float = Field(
        default=0.2, ge=0.0, lt=1.0, description="Share of families held out (0 to 1)."
    )
    valid_fraction: float = Field(
        default=0.1, ge=0.0, lt=1.0, description="Share of families for watching the training (0 to 1)."
    )
    seed: int = Field(
        default=0, ge=0, lt=2**31, description="Seed of the split and of the order (0 to 2^31 - 1)."
    )

    @model_validator(mode="after")
    def _leaves_something_to_train_on(self) -> PackSettings:
        if self.test_fraction + self.valid_fraction >= 1.0:
            raise ValueError("test_fraction and valid_fraction together leave nothing to train on")
        return self
