"""The list of deployments, and what a form made of them refuses."""

from __future__ import annotations

import importlib
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from prefect import Flow
from prefect.client.schemas.schedules import CronSchedule
from prefect.deployments.runner import RunnerDeployment
from prefect.utilities.callables import parameter_schema
from prefect.utilities.schema_tools.validation import is_valid_schema, validate
from pydantic import ValidationError

import flows
from flows.deployments import Offer, ServedRecipe, offers
from flows.offering import digest, offered
from flows.params import TrainParams
from flows.pinning import first_id
from pipeline.recipe import Recipe, ScheduleSettings, recipe_from_dict
from storage.errors import LooseleafError

OFFERS = offers()


def _recipe(**more: Any) -> Recipe:
    sources = [{"kind": "files", "name": "reports", "root": "/reports"}]
    return recipe_from_dict({"name": "manuals", "sources": sources, **more})


def _flow(offer: Offer) -> Flow[..., Any]:
    module, name = offer.entrypoint.rsplit(".", 1)
    found = getattr(importlib.import_module(module), name)
    assert isinstance(found, Flow)
    return found


def test_every_flow_is_offered_once() -> None:
    package = Path(flows.__path__[0])
    named = [
        name
        for path in package.glob("*.py")
        for name in re.findall(r'^@flow\(\s*name="(\w+)"', path.read_text(), re.MULTILINE)
    ]
    assert sorted(named) == sorted(offer.flow for offer in OFFERS)
    assert [_flow(offer).name for offer in OFFERS] == [offer.flow for offer in OFFERS]


def test_the_list_needs_no_prefect() -> None:
    code = "import sys, flows.deployments; flows.deployments.offers(); print('prefect' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"


@pytest.mark.parametrize("offer", OFFERS, ids=lambda offer: offer.flow)
def test_a_form_shows_every_field_with_its_description(offer: Offer) -> None:
    schema = parameter_schema(_flow(offer)).model_dump()
    assert is_valid_schema(schema) is None
    fields = next(iter(schema["definitions"].values()))["properties"]
    assert fields
    assert all(field["description"] for field in fields.values())


def _refused(flow: str, params: dict[str, Any]) -> bool:
    schema = parameter_schema(_flow(next(offer for offer in OFFERS if offer.flow == flow))).model_dump()
    return bool(validate({"params": params}, schema, raise_on_error=False, preprocess=True))


#: On both sides of all bounds.
_NEAR = st.one_of(st.integers(-2, 1100), st.integers(10**7 - 2, 10**7 + 2), st.integers(2**31 - 2, 2**31 + 2))


@settings(deadline=None)
@given(workers=_NEAR, steps=_NEAR, seed=_NEAR)
def test_the_form_of_train_takes_what_the_flow_takes(workers: int, steps: int, seed: int) -> None:
    told: dict[str, Any] = {"dataset": "/d", "run": "/r", "workers": workers, "steps": steps, "seed": seed}
    try:
        TrainParams.model_validate(told)
    except ValidationError:
        assert _refused("train", told)
    else:
        assert not _refused("train", told)


@pytest.mark.parametrize(
    ("flow", "params"),
    [
        ("build", {"recipe": "/r.yaml"}),
        ("build", {"recipe": "", "dataset": "/d"}),
        ("train", {"dataset": "/d", "run": "/r", "objective": "unalinged"}),
        ("train", {"dataset": "/d", "run": "/r", "worker": 2}),
        ("promote", {"dataset": "/d", "run": "/r", "metric": "loss"}),
        ("reconcile", {"grace": -1}),
    ],
)
def test_a_form_refuses_wrong_values(flow: str, params: dict[str, Any]) -> None:
    assert _refused(flow, params)


def test_a_recipe_is_offered_with_its_schedule_and_its_parameters() -> None:
    recipe = _recipe(schedule={"cron": "0 3 * * *", "timezone": "Europe/Berlin"})
    served = ServedRecipe("/manuals.yaml", recipe, "s3://bucket/manuals")
    found = [offer for offer in offers([served]) if offer.name != "local"]
    assert [offer.full_name for offer in found] == ["build/manuals"]
    assert found[0].parameters == {"params": {"recipe": "/manuals.yaml", "dataset": "s3://bucket/manuals"}}
    (deployment,) = offered(found)
    assert isinstance(deployment, RunnerDeployment)
    assert deployment.entrypoint == "flows.build.build"
    (schedule,) = deployment.schedules or ()
    assert isinstance(schedule.schedule, CronSchedule)
    assert (schedule.schedule.cron, schedule.schedule.timezone) == ("0 3 * * *", "Europe/Berlin")


def test_only_a_changed_schedule_or_parameter_changes_the_digest() -> None:
    def of(path: str = "/r.yaml", **more: Any) -> str:
        return digest(offers([ServedRecipe(path, _recipe(**more), "/d")])[1])

    daily = {"cron": "0 3 * * *"}
    assert of(schedule=daily) == of(schedule=daily, words={"engine": "none"})
    assert len({of(), of(schedule=daily), of(schedule={"interval": 60}), of("/other.yaml")}) == 4


def test_when_a_dataset_is_made_is_no_part_of_what_it_is() -> None:
    plain = _recipe()
    timed = _recipe(schedule={"interval": 60}, then={"train": {"config": "/c.yaml"}})
    assert first_id(timed) == first_id(plain)


_NUMBERS = {"minute": (0, 59), "hour": (0, 23), "day": (1, 31), "month": (1, 12), "weekday": (0, 7)}


def _items(least: int, most: int) -> st.SearchStrategy[str]:
    number = st.integers(least, most)
    pairs = st.tuples(number, number).map(sorted).map(lambda pair: f"{pair[0]}-{pair[1]}")
    ranges = st.one_of(st.just("*"), pairs)
    stepped = st.tuples(ranges, st.integers(1, most)).map(lambda pair: f"{pair[0]}/{pair[1]}")
    one = st.one_of(st.just("*"), number.map(str), pairs, stepped)
    return st.lists(one, min_size=1, max_size=3).map(",".join)


@settings(deadline=None)
@given(st.tuples(*(_items(*bounds) for bounds in _NUMBERS.values())).map(" ".join))
def test_prefect_reads_every_cron_that_a_recipe_may_have(cron: str) -> None:
    assert ScheduleSettings(cron=cron).cron == CronSchedule(cron=cron).cron


def test_a_recipe_called_local_cannot_hide_a_deployment(tmp_path: Path) -> None:
    from flows.cli.serve import served

    path = tmp_path / "r.yaml"
    path.write_text("name: local\nsources: [{kind: files, name: r, root: .}]\n")
    with pytest.raises(LooseleafError, match="cannot be served under the name local"):
        served((str(path),), ())
