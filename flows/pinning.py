"""Ends a build: pins the version of every table in a row of `builds`."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from flows.stages import BUILD_STAGES, RUN_MINE_STAGES
from pipeline.identity import build_id, code_version
from pipeline.recipe import Recipe
from storage import tables
from storage.builds import MINED_TABLES, Build, get_build, latest_build, record_build
from storage.errors import LooseleafError
from storage.filesystem import exists, join
from storage.heads import moved_tables
from storage.schemas import SCHEMAS
from storage.shards.index import INDEX_NAME

#: What `mine` writes; of the other tables it pins what the build pins that it was made from.
_WRITTEN_BY_MINE = (*MINED_TABLES, "rejections")


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

    Raises:
        LooseleafError: if another run changed the tables meanwhile, or a vacuum took the shards.
    """
    pinned = _versions(dataset, mined_from)
    _check_undisturbed(dataset, pinned, mined_from, reports)
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
    _check_shards(dataset, reports)
    recorded = latest_build(dataset)
    assert recorded is not None
    return recorded


def _versions(dataset: str, mined_from: str | None) -> dict[str, int]:
    """Return the version of each table that a build of what the tables now hold pins."""
    base = get_build(dataset, mined_from).tables if mined_from is not None else {}
    names = [name for name in SCHEMAS if name != "builds" and (mined_from or name not in MINED_TABLES)]
    versions = {
        name: base.get(name)
        if mined_from is not None and name not in _WRITTEN_BY_MINE
        else tables.version(dataset, name)
        for name in names
    }
    return {name: version for name, version in versions.items() if version is not None}


def _check_undisturbed(
    dataset: str, pinned: Mapping[str, int], mined_from: str | None, reports: Mapping[str, Mapping[str, Any]]
) -> None:
    """Check that the tables hold what these stages committed, and that mining stood on what it says."""
    disturbed = [
        table
        for stage, report in reports.items()
        for table, digest in report.get("files", {}).items()
        if tables.names_digest(tables.paths(dataset, table, pinned[table], only=stage)) != digest
    ]
    if mined_from is not None:
        disturbed += moved_tables(dataset, get_build(dataset, mined_from), RUN_MINE_STAGES)
    if disturbed:
        raise LooseleafError(
            f"Another run changed table {disturbed[0]} of {dataset} while this one was under way, so that "
            "nothing was recorded: let the other one end, then run this again, which takes what is done."
        )


def _check_shards(dataset: str, reports: Mapping[str, Mapping[str, Any]]) -> None:
    """Check that a vacuum, which looked before the build was recorded, has not taken its shards."""
    packed = reports.get("pack")
    if packed is not None and not exists(join(dataset, packed["shards"], INDEX_NAME)):
        raise LooseleafError(
            f"A vacuum took the shards of {dataset} while they were taken up again: "
            f"run `looseleaf mine {dataset}` once more, which packs them."
        )


def _digest(urls: list[str], stages: tuple[str, ...]) -> str:
    # Without their folder: a dataset that moves stays the same. What `mine` rejects is no part of a build.
    names = sorted(url.rsplit("/", 1)[-1] for url in urls)
    own = [name for name in names if name.rpartition("-")[0] in stages]
    return hashlib.sha256("\n".join(own).encode()).hexdigest()
