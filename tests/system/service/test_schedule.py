"""A schedule of one minute on a site that changes: a build fetches and processes what changed."""

from __future__ import annotations

import json
import time
from pathlib import Path

import pytest

from flows.stages import BUILD_STAGES
from storage.builds import Build, list_builds
from storage.tables import read
from tests.flows.changing_site import A_MINUTE, PAGES, CountingSite
from tests.flows.served import serving

pytestmark = pytest.mark.timeout(900)


def test_three_builds_of_a_schedule_do_what_changed(tmp_path: Path) -> None:
    site = CountingSite()
    recipe, dataset = tmp_path / "site.yaml", tmp_path / "dataset"
    values = site.recipe(A_MINUTE).model_dump(mode="json", exclude_none=True)
    # JSON is YAML.
    recipe.write_text(json.dumps({**values, "schedule": {"interval": 60}}))
    with serving(tmp_path / "home", "--recipe", str(recipe), "--out", str(dataset)):
        first = _wait(dataset, 1)
        assert sorted(site.full) == sorted(path for path in site.pages if path.startswith("/docs/"))
        site.forget()
        site.write(3, 1)
        site.write(5, 2)
        second = _wait(dataset, 2)
        assert sorted(set(site.full)) == ["/docs/3", "/docs/5", "/docs/5-1.png"]
        assert site.statuses[304] >= PAGES - 1
        site.forget()
        site.write(11, 1)
        third = _wait(dataset, 3)
        assert site.full == ["/docs/11"]
    site.close()
    for build, changed, pictures in ((first, PAGES + 1, PAGES), (second, 2, 1), (third, 1, 0)):
        for stage in ("extract", "resolve", "measure", "group"):
            assert build.stages[stage]["processed"]["documents"] == changed
            assert build.stages[stage]["kept"]["documents"] == PAGES + 1 - changed
        assert build.stages["images"]["processed"]["images"] == pictures
    _print(first, second, third)
    assert len(list_builds(str(dataset))) == 3, "no build that found nothing new is a version"
    then = read(str(dataset), "documents", first.tables["documents"])
    assert sorted(then["doc_id"].to_pylist()) == sorted(read(str(dataset), "documents")["doc_id"].to_pylist())


def _wait(dataset: Path, count: int) -> Build:
    """Return the newest build as soon as there are so many."""
    until = time.monotonic() + 420
    while len(builds := list_builds(str(dataset))) < count:
        assert time.monotonic() < until, f"{len(builds)} builds"
        time.sleep(0.5)
    assert len(builds) == count
    return builds[-1]


def _print(*builds: Build) -> None:
    """Print the seconds of each stage of each build."""
    for stage in BUILD_STAGES:
        seconds = (f"{build.stages[stage]['seconds']:8.2f}" for build in builds)
        print(f"{stage:<10}", *seconds)
