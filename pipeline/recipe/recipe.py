"""The recipe as a whole."""

from __future__ import annotations

from pydantic import Field, model_validator

from pipeline.recipe.base import NAME_PATTERN, Settings
from pipeline.recipe.clean import CleanSettings
from pipeline.recipe.groups import GroupSettings
from pipeline.recipe.images import ImageSettings, WordSettings
from pipeline.recipe.mine import MineSettings
from pipeline.recipe.network import NetworkSettings
from pipeline.recipe.pack import PackSettings
from pipeline.recipe.schedule import ScheduleSettings
from pipeline.recipe.sources import Source
from pipeline.recipe.then import ThenSettings


class Recipe(Settings):
    """Where documents come from, and what is done with them."""

    name: str = Field(
        pattern=NAME_PATTERN,
        max_length=64,
        description="Name of the dataset: letters, digits, '.', '_', '-'.",
    )
    sources: tuple[Source, ...] = Field(min_length=1, description="Where documents come from, at least one.")
    network: NetworkSettings = Field(default=NetworkSettings(), description="How the outside is asked.")
    images: ImageSettings = Field(default=ImageSettings(), description="Which images are decoded.")
    words: WordSettings = Field(default=WordSettings(), description="How words in pictures are read.")
    clean: CleanSettings = Field(default=CleanSettings(), description="What is dropped, masked, removed.")
    groups: GroupSettings = Field(default=GroupSettings(), description="How images and texts are grouped.")
    mine: MineSettings = Field(default=MineSettings(), description="How negatives are mined.")
    pack: PackSettings = Field(default=PackSettings(), description="How training shards are written.")

    # When a dataset is made, and what follows, is no part of what it holds: neither counts for a build's id.
    schedule: ScheduleSettings | None = Field(
        default=None, exclude=True, description="When `looseleaf serve` builds it again; null: when asked to."
    )
    then: ThenSettings | None = Field(
        default=None,
        exclude=True,
        description="What a new build starts under `looseleaf serve`; null: nothing.",
    )

    @model_validator(mode="after")
    def _names_differ(self) -> Recipe:
        names = [source.name for source in self.sources]
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            raise ValueError(f"two sources are called {twice[0]!r}")
        return self
