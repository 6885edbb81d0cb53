"""The builds behind a build."""

from __future__ import annotations

import json
from collections.abc import Iterator

from flows.tracing.facts import BuildFacts
from storage.builds import Build, list_builds, shards_of
from storage.compare_and_swap import State, read_state
from storage.filesystem import join
from storage.tags import FOLDER, is_vacuumed, tags_in


def trace_builds(dataset: str, build: Build) -> tuple[BuildFacts, ...]:
    """Return a build and its parents, each before its own parent."""
    state = read_state(join(dataset, FOLDER))
    return tuple(_facts(step, state) for step in _parents(list_builds(dataset), build))


def build_of_shards(dataset: str, place: str, packed_on: str) -> Build | None:
    """Return the build that shards belong to, the last of several; None if the dataset knows none.

    Args:
        dataset: path or URL.
        place: of the shards, within the dataset.
        packed_on: id of the build that the packing stood on.
    """
    builds = list_builds(dataset)
    packed = [build for build in builds if shards_of(build) == place]
    return next(reversed(packed or [build for build in builds if build.build_id == packed_on]), None)


def descendants(dataset: str, build: Build) -> list[Build]:
    """Return a build, and those of the same state: mined from it, or rolled back to it."""
    ids = {build.build_id}
    found = [build]
    for later in list_builds(dataset):
        mined = later.stage == "mine" and later.parent in ids
        if later.build_id not in ids and (mined or later.rolled_back_to in ids):
            ids.add(later.build_id)
            found.append(later)
    return found


def _parents(builds: list[Build], build: Build) -> Iterator[Build]:
    by_id = {known.build_id: known for known in builds}
    seen: set[str] = set()
    step: Build | None = build
    # A build that was overtaken and made again can be an ancestor of its own ancestors.
    while step is not None and step.build_id not in seen:
        seen.add(step.build_id)
        yield step
        step = by_id.get(step.parent) if step.parent is not None else None


def _facts(build: Build, state: State) -> BuildFacts:
    return BuildFacts(
        build_id=build.build_id,
        stage=build.stage,
        created_at=build.created_at,
        parent=build.parent,
        rolled_back_to=build.rolled_back_to,
        flow_run=build.flow_run,
        code_version=build.code_version,
        tags=tuple(
            tag.name for tag in tags_in(state).values() if (tag.kind, tag.target) == ("build", build.build_id)
        ),
        is_vacuumed=is_vacuumed(state, build),
        tables=dict(build.tables),
        counts=dict(build.counts),
        seconds={stage: report["seconds"] for stage, report in build.stages.items() if "seconds" in report},
        recipe=json.loads(build.recipe),
    )
