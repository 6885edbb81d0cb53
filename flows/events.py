"""What the flows tell Prefect's automations, and people's own."""

from __future__ import annotations

from prefect.events import emit_event

from flows.params import LearnParams, MineParams
from pipeline.recipe import ThenSettings

BUILD_COMMITTED = "looseleaf.build.committed"
MINE_COMMITTED = "looseleaf.mine.committed"

#: The label by which the automations know what a recipe wants next: the name of a flow, or nothing.
NEXT = "looseleaf.next"


def tell_build(dataset: str, build_id: str, then: ThenSettings | None) -> None:
    """Tell that a build has committed something new, and what its recipe wants next."""
    wanted = _next(dataset, then)
    params = wanted[1].model_dump(mode="json", exclude_none=True) if wanted else None
    _tell(
        BUILD_COMMITTED,
        dataset,
        {NEXT: wanted[0] if wanted else "nothing"},
        {"build_id": build_id, "params": params},
    )


def tell_mined(dataset: str, build_id: str) -> None:
    """Tell that a dataset was mined."""
    _tell(MINE_COMMITTED, dataset, {}, {"build_id": build_id})


def _next(dataset: str, then: ThenSettings | None) -> tuple[str, MineParams | LearnParams] | None:
    if then is None or not then.mine:
        return None
    if then.train is None:
        return "mine", MineParams(dataset=dataset)
    train = then.train
    return "learn", LearnParams(
        dataset=dataset, config=train.config, metric=train.metric, margin=train.margin
    )


def _tell(event: str, dataset: str, labels: dict[str, str], payload: dict[str, object]) -> None:
    resource = {
        "prefect.resource.id": f"looseleaf.dataset.{dataset}",
        "prefect.resource.name": dataset,
        **labels,
    }
    emit_event(event, resource=resource, payload={"dataset": dataset, **payload})
