"""What follows a build by itself: mining, and training on what was mined."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import Field, model_validator

from pipeline.recipe.base import Settings

#: Figures of an evaluation by which one run can be better than another; more is better in each.
Metric = Literal["in_doc_auc_dc", "in_doc_p_at_1", "corpus_recall_at_10"]


class TrainSettings(Settings):
    """How a new build is trained on, and when the run takes the place of the best one."""

    config: str | None = Field(
        default=None,
        min_length=1,
        description="Training configuration, a YAML file: path or URL; null takes the defaults.",
    )
    metric: Metric = Field(
        default="in_doc_auc_dc", description="Figure of the evaluation by which runs are compared."
    )
    margin: float = Field(
        default=0.005,
        ge=0.0,
        le=1.0,
        description="A run is better when it exceeds the best one by more than this (0 to 1).",
    )


class ThenSettings(Settings):
    """What a build starts when it commits something new."""

    mine: bool = Field(default=True, description="Mine the new build.")
    train: TrainSettings | None = Field(
        default=None, description="Train on what was mined, and promote the run if it is better; null: no."
    )

    @model_validator(mode="after")
    def _trains_on_what_is_mined(self) -> Self:
        if self.train is not None and not self.mine:
            raise ValueError("training needs what mining makes: set mine to true")
        return self
