"""What the explorer looks at: a dataset at the versions that one build pins."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from pipeline.recipe import Recipe
from storage import tables
from storage.builds import Build, latest_build
from storage.errors import LooseleafError
from storage.filesystem import exists
from storage.references import readable_build
from storage.schemas import SCHEMAS


@dataclass(frozen=True)
class Snapshot:
    """A dataset's tables at pinned versions."""

    dataset: str
    build: Build | None  # None while no build has ended: the versions are the newest ones
    tables: Mapping[str, int]

    @cached_property
    def recipe(self) -> Recipe | None:
        """The recipe that the build was made from."""
        return Recipe.model_validate(json.loads(self.build.recipe)) if self.build else None

    def files(self, table: str) -> list[str]:
        """Return the URLs of a table's files, sorted; none where the build does not have it."""
        return tables.files(self.dataset, table, self.tables[table]) if table in self.tables else []

    def only(self, *names: str) -> dict[str, int]:
        """Return the versions of some tables, of those that there are."""
        return {name: self.tables[name] for name in names if name in self.tables}


def build_of(snapshot: Snapshot) -> str:
    """Return the id of a snapshot's build as a process of its own is told it: empty for none."""
    return snapshot.build.build_id if snapshot.build else ""


def take_snapshot(dataset: str, reference: str | None = None) -> Snapshot:
    """Return a dataset as a build pins it (by default the latest one).

    Args:
        dataset: path or URL.
        reference: the build's id, a tag or what else names a build (see `resolve_build`).

    Raises:
        LooseleafError: if there is no dataset, or it has no such build any more.
    """
    if not exists(dataset):
        raise LooseleafError(
            f"There is no dataset at {dataset}: check the path, or make it with `looseleaf build`."
        )
    build = readable_build(dataset, reference) if reference is not None else latest_build(dataset)
    if build is not None:
        return Snapshot(dataset, build, dict(build.tables))
    newest = {name: tables.version(dataset, name) for name in SCHEMAS}
    found = {name: version for name, version in newest.items() if version is not None}
    if "documents" not in found:
        raise LooseleafError(f"{dataset} is no dataset, or an empty one: make it with `looseleaf build`.")
    return Snapshot(dataset, None, found)
