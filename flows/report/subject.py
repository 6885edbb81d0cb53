"""What a report is about: a dataset's pinned build, a run, or a run with the dataset that it learned from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from storage.builds import Build, latest_build, list_builds, shards_of
from storage.errors import LooseleafError
from storage.filesystem import exists, join
from storage.queries import connect
from training.run_identity import run_identity

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection


@dataclass(frozen=True)
class Subject:
    """What is there to be told of."""

    name: str  # the last part of the address
    dataset: str | None  # None when a run's dataset is no longer where it was
    lineage: tuple[Build, ...]  # the pinned build, after what it was mined from; empty before any build ended
    sql: DuckDBPyConnection | None  # over the pinned build
    run: str | None

    @property
    def build(self) -> Build | None:
        """The pinned build."""
        return self.lineage[-1] if self.lineage else None


def open_subject(target: str) -> Subject:
    """Find out what is at `target`, and connect to the build that it stands on.

    Args:
        target: path or URL of a dataset or of a run.

    Raises:
        LooseleafError: if there is neither a dataset nor a run.
    """
    name = target.rstrip("/").rsplit("/", 1)[-1]
    if not exists(join(target, "run.json")):
        if not exists(join(target, "documents")) and not exists(join(target, "builds")):
            raise LooseleafError(
                f"There is neither a dataset nor a run at {target}: check the path, or make one with "
                "`looseleaf build` or `looseleaf train`."
            )
        lineage = _lineage(target, latest_build(target))
        return Subject(name, target, lineage, _connect(target, lineage), run=None)
    identity = run_identity(target)
    dataset = str(identity["shards"]).rpartition("/shards/")[0]
    if not dataset or not exists(join(dataset, "documents")):
        return Subject(name, None, (), None, target)
    place = join("shards", str(identity["shards"]).rstrip("/").rsplit("/", 1)[-1])
    lineage = _lineage(dataset, _newest_on(dataset, place, str(identity["build_id"])))
    return Subject(name, dataset, lineage, _connect(dataset, lineage), target)


def ask(
    connection: DuckDBPyConnection, sql: str, values: Mapping[str, Any] | None = None
) -> list[dict[str, Any]]:
    """Return the rows of a query as dictionaries; `values` are for its `$names`."""
    answer = connection.execute(sql, dict(values or {}))
    names = [column[0] for column in answer.description or ()]
    return [dict(zip(names, row, strict=True)) for row in answer.fetchall()]


def _newest_on(dataset: str, shards: str, build_id: str) -> Build | None:
    """Return the last build with these shards, or that was mined from `build_id`, or that build itself."""
    builds = list_builds(dataset)
    standing = [build for build in builds if shards_of(build) == shards] or [
        build for build in builds if build_id in (build.build_id, build.parent)
    ]
    return standing[-1] if standing else latest_build(dataset)


def _lineage(dataset: str, build: Build | None) -> tuple[Build, ...]:
    """Return a build, preceded by the one that it was mined from."""
    if build is None:
        return ()
    base = [
        known for known in list_builds(dataset) if known.build_id == build.parent and build.stage == "mine"
    ]
    return (*base, build)


def _connect(dataset: str, lineage: tuple[Build, ...]) -> DuckDBPyConnection:
    return connect(dataset, lineage[-1].build_id if lineage else None)
