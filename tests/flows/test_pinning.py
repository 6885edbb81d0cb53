"""What builds, mining and roll-backs in any order leave: the newest build always has the rows that it should.

The stages here commit known rows; plans, pins and builds are the real ones.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from flows.lineage import newest_tables
from flows.pinning import pin
from flows.stages import RUN_MINE_STAGES
from pipeline.recipe import Recipe, recipe_from_dict
from storage import tables
from storage.builds import Build, latest_build, list_builds
from storage.digest import dataset_digest
from storage.errors import LooseleafError
from storage.heads import bring_back
from storage.rolling_back import roll_back
from storage.schemas import table_of

Report = Mapping[str, Mapping[str, Any]]


def recipe(number: int) -> Recipe:
    source = {"kind": "files", "name": "a", "root": "/nowhere"}
    return recipe_from_dict({"name": f"recipe{number}", "sources": [source]})


def commit(dataset: str, stage: str, table: str, rows: list[dict[str, object]]) -> Report:
    """Commit rows as a stage does, and return its report."""
    key = hashlib.sha256(repr(rows).encode()).hexdigest()[:32]
    part = tables.write_part(dataset, table, f"{stage}-{key}", table_of(table, rows))
    tables.commit(dataset, table, stage, [part], f"x/{stage}")
    return {stage: {"files": {table: tables.names_digest([part.path])}}}


def build(dataset: str, number: int, until: int = 3) -> Build | None:
    """Build a recipe, or break off before its stage `until`."""
    rows = {
        "extract": ("documents", [{"doc_id": f"{number}-{row}"} for row in range(number + 1)]),
        "clean": ("rejections", [{"stage": "clean", "unit_id": f"{number}"}]),
        "group": ("groups", [{"group_id": f"g{number}"}]),
    }
    reports: dict[str, Mapping[str, Any]] = {}
    for stage, (table, values) in list(rows.items())[:until]:
        reports |= commit(dataset, stage, table, list(values))
    return pin(dataset, recipe(number), None, reports, None) if until == len(rows) else None


def mine(dataset: str) -> Build:
    """Embed and mine what is newest; rows say which recipe they come from."""
    base = newest_tables(dataset)
    bring_back(dataset, base, leave=RUN_MINE_STAGES)
    number = tables.read(dataset, "groups")["group_id"].to_pylist()[0].removeprefix("g")
    reports: Report = {
        **commit(dataset, "embed", "embeddings", [{"doc_id": f"e{number}"}]),
        **commit(dataset, "negatives", "negatives", [{"doc_id": f"n{number}"}]),
    }
    commit(dataset, "negatives", "rejections", [{"stage": "negatives", "unit_id": f"r{number}"}])
    return pin(dataset, Recipe.model_validate_json(base.recipe), base.build_id, reports, None)


def state(dataset: str, pinned: Build) -> tuple[object, ...]:
    """Return what tells a state of the dataset from another, by a build's own versions."""

    def column(table: str, name: str) -> list[str]:
        return sorted(tables.read(dataset, table, pinned.tables[table])[name].to_pylist())

    cleaned = [name for name in column("rejections", "unit_id") if not name.startswith("r")]
    mined = column("embeddings", "doc_id") + column("negatives", "doc_id") if pinned.stage == "mine" else []
    return (column("documents", "doc_id"), cleaned, column("groups", "group_id"), mined)


def expected(number: int, mined: bool) -> tuple[object, ...]:
    documents = sorted(f"{number}-{row}" for row in range(number + 1))
    return documents, [f"{number}"], [f"g{number}"], [f"e{number}", f"n{number}"] if mined else []


STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("build"), st.integers(0, 2)),
        st.tuples(st.just("broken off"), st.integers(0, 2)),
        st.tuples(st.just("mine"), st.just(0)),
        st.tuples(st.just("roll back"), st.integers(0, 5)),
    ),
    min_size=1,
    max_size=7,
)


@given(steps=STEPS)
@settings(max_examples=25, deadline=None)
def test_the_newest_build_has_the_right_rows(
    steps: list[tuple[str, int]], tmp_path_factory: pytest.TempPathFactory
) -> None:
    dataset = str(tmp_path_factory.mktemp("sequence"))
    build(dataset, 0)
    now = (0, False)
    states = {build.build_id: now for build in list_builds(dataset)}
    digests: dict[tuple[str, str], str] = {}
    for step, number in steps:
        if step == "build":
            build(dataset, number)
            # What comes out as it was stays mined.
            now = now if now[0] == number else (number, False)
        elif step == "broken off":
            build(dataset, number, until=2)
        elif step == "mine":
            mine(dataset)
            now = (now[0], True)
        else:
            builds = list_builds(dataset)
            target = builds[max(0, len(builds) - 1 - number)]
            roll_back(dataset, f"latest~{min(number, len(builds) - 1)}")
            now = states[target.build_id]
        latest = latest_build(dataset)
        assert latest is not None
        states[latest.build_id] = now
        assert state(dataset, latest) == expected(*now)
        for known in list_builds(dataset):
            digest = dataset_digest(dataset, known.tables, versions=known.tables)
            place = (known.build_id, known.created_at.isoformat())
            assert digests.setdefault(place, digest) == digest


def test_a_build_that_another_run_disturbed_is_not_recorded(tmp_path: Path) -> None:
    dataset = str(tmp_path)
    build(dataset, 0)
    reports = commit(dataset, "extract", "documents", [{"doc_id": "1-0"}])
    roll_back(dataset, "latest")  # by somebody else, in the middle of it
    with pytest.raises(LooseleafError, match=r"changed table documents .* nothing was recorded"):
        pin(dataset, recipe(1), None, reports, None)
    assert len(list_builds(dataset)) == 1


def test_mining_that_another_build_disturbed_is_not_recorded(tmp_path: Path) -> None:
    dataset = str(tmp_path)
    first = build(dataset, 0)
    assert first is not None
    build(dataset, 1, until=1)
    with pytest.raises(LooseleafError, match="changed table documents"):
        pin(dataset, recipe(0), first.build_id, {}, None)
