from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from pipeline.recipe import load_recipe, recipe_from_dict
from storage.errors import LooseleafError

_BASE: dict[str, Any] = {"name": "r", "sources": [{"kind": "files", "name": "s", "root": "."}]}


@pytest.mark.parametrize(
    ("more", "told"),
    [
        ({"schedule": {}}, "it needs either cron or interval"),
        ({"schedule": {"cron": "* * * * *", "interval": 60}}, "it needs either cron or interval"),
        ({"schedule": {"cron": "0 3 * *"}}, "4 fields and needs 5"),
        ({"schedule": {"cron": "0 24 * * *"}}, "'24' as hour, which goes from 0 to 23"),
        ({"schedule": {"cron": "0 3 * * fun"}}, "'fun' as day of the week"),
        ({"schedule": {"cron": "0 3 9-2 * *"}}, "ends before it begins"),
        ({"schedule": {"cron": "*/0 * * * *"}}, "a step of nothing"),
        ({"schedule": {"cron": "a..b * * * *"}}, "no number, range or"),
        ({"schedule": {"cron": "@daily"}}, "1 fields and needs 5"),
        ({"schedule": {"interval": 5}}, "greater than or equal to 10"),
        ({"schedule": {"interval": 60, "timezone": "Mars/Base"}}, "there is no time zone 'Mars/Base'"),
        ({"schedule": {"intervall": 60}}, "did you mean 'interval'"),
        ({"then": {"mine": False, "train": {}}}, "set mine to true"),
        ({"then": {"train": {"metric": "in_doc_auc"}}}, "did you mean 'in_doc_auc_dc'"),
        ({"then": {"train": {"margin": -1}}}, "greater than or equal to 0"),
    ],
)
def test_a_wrong_schedule_is_named_with_its_remedy(more: dict[str, Any], told: str) -> None:
    with pytest.raises(LooseleafError) as caught:
        recipe_from_dict({**_BASE, **more})
    assert told in str(caught.value)
    assert len(str(caught.value).splitlines()) == 1


@pytest.mark.parametrize("cron", ["0 3 * * *", "*/5 8-18/2,22 1,15 jan-mar Mon", "59 23 31 12 7"])
def test_cron_as_people_write_it(cron: str) -> None:
    recipe = recipe_from_dict({**_BASE, "schedule": {"cron": cron, "timezone": "Europe/Berlin"}})
    assert recipe.schedule is not None
    assert recipe.schedule.cron == cron


def test_a_configuration_counts_from_the_recipes_folder(tmp_path: Path) -> None:
    path = tmp_path / "r.yaml"
    path.write_text(
        "name: r\nsources: [{kind: files, name: s, root: docs}]\nthen: {train: {config: train.yaml}}\n"
    )
    then = load_recipe(str(path)).then
    assert then is not None
    assert then.train is not None
    assert then.train.config == str(tmp_path / "train.yaml")
