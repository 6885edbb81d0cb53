from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import BaseModel, ValidationError

from flows import params
from flows.params import (
    BuildParams,
    EvaluateParams,
    EverythingParams,
    LearnParams,
    MineParams,
    PromoteParams,
    ReconcileParams,
    ReportParams,
    TrainParams,
)

MODELS = (
    *(BuildParams, MineParams, TrainParams, EvaluateParams, ReportParams),
    *(PromoteParams, LearnParams, EverythingParams, ReconcileParams),
)


@pytest.mark.parametrize("model", MODELS)
def test_every_field_is_described_and_says_its_bounds(model: type[BaseModel]) -> None:
    for name, field in model.model_json_schema()["properties"].items():
        assert field["description"], name
        assert "anyOf" not in field, f"{name}: a form shows tabs"
        if "minimum" in field:
            assert " to " in field["description"], f"{name}: the form enforces bounds but does not print them"


@pytest.mark.parametrize("model", MODELS)
def test_a_misspelt_field_is_refused(model: type[BaseModel]) -> None:
    with pytest.raises(ValidationError, match="extra_forbidden"):
        model.model_validate({"datset": "x"})


def test_workers_that_may_be_lost_become_the_fewest_and_the_most() -> None:
    given = {"dataset": "d", "run": "r", "workers": 3}
    assert TrainParams.model_validate(given).asked_workers == 3
    assert TrainParams.model_validate({**given, "min_workers": 1}).asked_workers == [1, 3]
    for wrong in ({**given, "min_workers": 4}, {"dataset": "d", "run": "r", "min_workers": 1}):
        with pytest.raises(ValidationError, match="give both"):
            TrainParams.model_validate(wrong)


def test_every_parameter_model_is_tested() -> None:
    found = {
        value
        for value in vars(params).values()
        if isinstance(value, type) and issubclass(value, params.Parameters) and value is not params.Parameters
    }
    assert found == set(MODELS)


def test_a_relative_path_counts_from_where_the_flow_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    params = BuildParams(recipe="r.yaml", dataset="s3://bucket/d/")
    assert (params.recipe, params.dataset) == (str(tmp_path / "r.yaml"), "s3://bucket/d")
    assert BuildParams(recipe=params.recipe, dataset=params.dataset) == params
