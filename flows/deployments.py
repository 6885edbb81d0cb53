"""Every flow as a deployment: the one list from which they are served here and sent to work pools.

It needs neither Prefect nor a server; `flows.offering` and `deploy/` turn it into theirs.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from flows.params import BuildParams
from pipeline.recipe import Recipe, ScheduleSettings

#: Of the deployments that belong to recipes.
RECIPE_TAGS = ("looseleaf", "recipe")

#: Seconds between two looks for what was orphaned; a crash calls for one at once.
_RECONCILE_SECONDS = 300


@dataclass(frozen=True)
class ServedRecipe:
    """A recipe that is built on its own schedule."""

    path: str
    recipe: Recipe
    dataset: str


@dataclass(frozen=True)
class Offer:
    """A flow that can be started from the pages and the API."""

    flow: str
    entrypoint: str  # module and function
    description: str
    tags: tuple[str, ...]
    name: str = "local"
    parameters: Mapping[str, Any] = field(default_factory=dict)
    schedule: ScheduleSettings | None = None

    @property
    def full_name(self) -> str:
        """Flow and name, as Prefect writes them."""
        return f"{self.flow}/{self.name}"


def offers(served: Sequence[ServedRecipe] = ()) -> list[Offer]:
    """Return all deployments, in the order in which people need them; a recipe has one of its own.

    Args:
        served: recipes with their datasets; their schedules are theirs.
    """
    return [
        _offer(
            "build",
            "Sources to tables: brings a dataset up to date with its recipe. One run a dataset at a time.",
        ),
        *(_of_recipe(each) for each in served),
        _offer("mine", "Embeddings, hard negatives and training shards of the newest build of a dataset."),
        _offer(
            "train", "Trains a run on a mined dataset. As many at a time as the limit `trainings` allows."
        ),
        _offer("evaluate", "The metrics table of a run and of its baselines."),
        _offer("report", "One HTML page about a dataset or a run.", entrypoint="flows.page.report"),
        _offer("promote", "Tags a run as the best of its dataset, if it is better than the one before."),
        _offer("learn", "Mines a dataset, trains on it, and promotes the run if it is better."),
        _offer("everything", "Build, mine, train and evaluate, one after the other."),
        _offer(
            "reconcile",
            "Stops Ray jobs that no run follows, lets crashed runs go on, and frees slots that nobody holds.",
            schedule=ScheduleSettings(interval=_RECONCILE_SECONDS),
            tags=("looseleaf", "service"),
        ),
    ]


def _of_recipe(served: ServedRecipe) -> Offer:
    params = BuildParams(recipe=served.path, dataset=served.dataset)
    return Offer(
        flow="build",
        entrypoint="flows.build.build",
        name=served.recipe.name,
        description=f"Builds {served.dataset} as {served.path} says.",
        tags=RECIPE_TAGS,
        parameters={"params": params.model_dump(mode="json", exclude_none=True)},
        schedule=served.recipe.schedule,
    )


def _offer(
    flow: str,
    description: str,
    *,
    entrypoint: str | None = None,
    schedule: ScheduleSettings | None = None,
    tags: tuple[str, ...] = ("looseleaf",),
) -> Offer:
    return Offer(flow, entrypoint or f"flows.{flow}.{flow}", description, tags, schedule=schedule)
