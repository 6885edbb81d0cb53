"""The parameters of every flow, as a form shows them and as a schedule keeps them."""

from __future__ import annotations

from typing import Annotated, Any, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from flows.location import location
from pipeline.recipe.then import Metric
from training.objectives.named import NAMES

_URL = "path or URL"

#: A path or URL. What is relative counts from the folder in which the flow runs, and the job runs elsewhere.
Place = Annotated[str, Field(min_length=1), AfterValidator(location)]


def _as_a_form(schema: dict[str, Any]) -> None:
    """Let a field that may be left out be one input: for "or null" a form would show two tabs, null first."""
    for field in schema["properties"].values():
        options = [option for option in field.get("anyOf", ()) if option != {"type": "null"}]
        if len(options) == 1:
            del field["anyOf"]
            field.update(options[0])
        if field.get("default", ...) is None:
            del field["default"]


class Parameters(BaseModel):
    """Fields that cannot be misspelt."""

    model_config = ConfigDict(extra="forbid", frozen=True, json_schema_extra=_as_a_form)


class BuildParams(Parameters):
    """Sources to tables: crawl, extract, fetch, clean, group."""

    recipe: Place = Field(description=f"The recipe, a YAML file: {_URL}.")
    dataset: Place = Field(description=f"The dataset to make or to bring up to date: {_URL}.")


class MineParams(Parameters):
    """Embeddings, negatives and training shards for the newest build of a dataset."""

    dataset: Place = Field(description=f"The dataset: {_URL}.")
    run: Place | None = Field(
        default=None,
        description=f"A trained run, whose space is mined: {_URL}. Empty: the locked encoders.",
    )


class TrainParams(Parameters):
    """A training run on the shards of a dataset; an interrupted one goes on at its last checkpoint."""

    dataset: Place = Field(description=f"The dataset, mined: {_URL}.")
    run: Place = Field(description=f"Where the run is kept: {_URL} of a folder.")
    config: Place | None = Field(
        default=None, description=f"Training configuration, a YAML file: {_URL}. Empty: the defaults."
    )
    objective: Annotated[str, Field(json_schema_extra={"enum": list(NAMES)})] | None = Field(
        default=None, description="What is learned from, by name, in place of the configuration's."
    )
    steps: int | None = Field(
        default=None, ge=1, le=10_000_000, description="Steps, in place of the configuration's (1 to 1e7)."
    )
    seed: int | None = Field(
        default=None, ge=0, le=2**31 - 1, description="Seed, in place of the configuration's (0 to 2^31 - 1)."
    )
    workers: int | None = Field(
        default=None,
        ge=0,
        le=1024,
        description="Ray Train workers (0 to 1024), in place of the configuration's; 0: in the job itself.",
    )
    min_workers: int | None = Field(
        default=None,
        ge=1,
        le=1024,
        description="With `workers`: go on with as few when nodes are lost (1 to 1024). None: with all.",
    )

    @property
    def asked_workers(self) -> int | list[int] | None:
        """What the configuration is told of workers: none, a number, or the fewest and the most."""
        if self.min_workers is None or self.workers is None:
            return self.workers
        return [self.min_workers, self.workers]

    @model_validator(mode="after")
    def _fewest_first(self) -> Self:
        if self.min_workers is not None and (self.workers is None or self.workers < self.min_workers):
            raise ValueError("min_workers are fewer than `workers`, or as many: give both")
        return self

    @model_validator(mode="after")
    def _known_objective(self) -> Self:
        if self.objective is not None and self.objective not in NAMES:
            raise ValueError(f"there is no objective {self.objective!r}: choose one of {', '.join(NAMES)}")
        return self


class EvaluateParams(Parameters):
    """The metrics of a run, and of the baselines, on documents that training never saw."""

    run: Place = Field(description=f"The run: {_URL}.")
    on: Place | None = Field(
        default=None, description=f"Another dataset to evaluate on: {_URL}. Empty: the run's own."
    )


class ReportParams(Parameters):
    """One self-contained page about a dataset or a run."""

    place: Place = Field(description=f"The dataset or the run: {_URL}.")
    out: Place | None = Field(
        default=None, description=f"The page: {_URL}. Empty: report.html in the dataset or run."
    )


class PromoteParams(Parameters):
    """Tags a run as the best of its dataset, if it is better than the one before on the same documents."""

    dataset: Place = Field(description=f"The dataset that keeps the tag, and whose documents decide: {_URL}.")
    run: Place = Field(description=f"The run that may be the best: {_URL}.")
    metric: Metric = Field(default="in_doc_auc_dc", description="The figure that decides; more is better.")
    margin: float = Field(
        default=0.005, ge=0.0, le=1.0, description="By how much it must be better than the best (0 to 1)."
    )


class LearnParams(Parameters):
    """Mine a dataset, train on it, and promote the run if it is better than the one before."""

    dataset: Place = Field(description=f"The dataset: {_URL}.")
    config: Place | None = Field(
        default=None, description=f"Training configuration, a YAML file: {_URL}. Empty: the defaults."
    )
    metric: Metric = Field(default="in_doc_auc_dc", description="The figure that decides; more is better.")
    margin: float = Field(
        default=0.005, ge=0.0, le=1.0, description="By how much it must be better than the best (0 to 1)."
    )


class EverythingParams(Parameters):
    """Build, mine, train and evaluate, one after the other."""

    recipe: Place = Field(description=f"The recipe, a YAML file: {_URL}.")
    dataset: Place = Field(description=f"The dataset to make or to bring up to date: {_URL}.")
    run: Place = Field(description=f"Where the run is kept: {_URL} of a folder.")
    config: Place | None = Field(
        default=None, description=f"Training configuration, a YAML file: {_URL}. Empty: the defaults."
    )
    steps: int | None = Field(
        default=None, ge=1, le=10_000_000, description="Steps, in place of the configuration's (1 to 1e7)."
    )


class ReconcileParams(Parameters):
    """Stops jobs that no run follows, lets crashed runs go on, and frees what they held."""

    grace: int = Field(
        default=30,
        ge=0,
        le=86_400,
        description="Seconds for which a run must have ended before its job is stopped (0 to 86400).",
    )
