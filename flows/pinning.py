"""Ends a build: pins the version of every table in a row of `builds`."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from flows.stages import BUILD_STAGES
from pipeline.identity import build_id, code_version
from pipeline.recipe import Recipe
from storage import tables
from storage.builds import Build, latest_build, record_build
from storage.schemas import SCHEMAS

#: What `mine` adds; a build pins it only when it was made from that very build.
_MINED = ("embeddings", "negatives", "marks")


def first_id(recipe: Recipe) -> str:
    """Return the id under which a build's stages commit, before it is known what they will find."""
    return build_id(recipe.model_dump_json(), {}, code_version())


def pin(
    dataset: str,
    recipe: Recipe,
    mined_from: str | None,
    reports: Mapping[str, Mapping[str, Any]],
    flow_run: str | None,
) -> Build:
    """Record a build of what the tables now hold, and return it; the same content gives the same build.

    Its id is made of the recipe, the code and the names of all files of all tables. Those names are hashes of
    what went in: sources that have changed give another build, and nothing has to be read again to know.

    Args:
        dataset: its URL.
        recipe: the recipe that made it.
        mined_from: the build that was mined; None when the sources were built.
        reports: what each stage reported, by stage.
        flow_run: id of the flow run, if any.
    """
    names = [name for name in SCHEMAS if name != "builds" and (mined_from or name not in _MINED)]
    versions = {name: tables.version(dataset, name) for name in names}
    pinned = {name: version for name, version in versions.items() if version is not None}
    stages = (*BUILD_STAGES, *reports) if mined_from else BUILD_STAGES
    contents = {
        name: _digest(tables.files(dataset, name, version), stages) for name, version in pinned.items()
    }
    latest = latest_build(dataset)
    build = Build(
        build_id=build_id(recipe.model_dump_json(), contents, code_version()),
        parent=mined_from or (latest.build_id if latest else None),
        stage="mine" if mined_from else "build",
        created_at=datetime.now(UTC),
        recipe=recipe.model_dump_json(),
        code_version=code_version(),
        tables=pinned,
        counts={name: tables.count(dataset, name, version) for name, version in pinned.items()},
        stages=reports,
        flow_run=flow_run,
    )
    record_build(dataset, build)
    recorded = latest_build(dataset)
    assert recorded is not None
    return recorded


def _digest(urls: list[str], stages: tuple[str, ...]) -> str:
    # Without their folder: a dataset that moves stays the same. What `mine` rejects is no part of a build.
    names = sorted(url.rsplit("/", 1)[-1] for url in urls)
    own = [name for name in names if name.rpartition("-")[0] in stages]
    return hashlib.sha256("\n".join(own).encode()).hexdigest()
