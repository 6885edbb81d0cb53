"""The files of a dataset by the piece of work that made them: a chunk's files stay or go together."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field

from storage import tables
from storage.builds import Build
from storage.filesystem import StoredFile, join, list_files, subfolders
from storage.schemas import SCHEMAS
from storage.staging import staging_files

_STAGING = "staging"
_PART = ".parquet"
_LEFT_OVER = re.compile(r"\..*\.tmp")


@dataclass
class Unit:
    """Files that one chunk made, by their place within the dataset."""

    files: dict[str, StoredFile] = field(default_factory=dict)
    manifest: str | None = None

    @property
    def modified(self) -> float:
        """When the youngest of them was written."""
        return max(file.modified for file in self.files.values())


def units_on_disk(dataset: str) -> dict[str, Unit]:
    """Return what stages left in a dataset, by the stage and the key of the chunk.

    What a killed writer left half is a unit of its own. Manifests of chunks that made no file are not among
    them: they are small, and tell a later build what need not be read again.
    """
    units: dict[str, Unit] = {}
    staging = [join(_STAGING, name) for name in subfolders(join(dataset, _STAGING))]
    manifests: dict[str, str] = {}
    for folder in (*SCHEMAS, *staging):
        stage = folder.rsplit("/", 1)[-1]
        for name, file in list_files(join(dataset, folder)).items():
            place = join(folder, name)
            if name.endswith(_PART):
                units.setdefault(name.removesuffix(_PART), Unit()).files[place] = file
            elif _LEFT_OVER.fullmatch(name):
                units[place] = Unit({place: file})
            elif name.endswith(".json") and not name.startswith("_"):
                manifests[f"{stage}-{name.removesuffix('.json')}"] = place
    for key, place in manifests.items():
        if key in units:
            units[key].manifest = place
    return units


def needed_units(dataset: str, builds: Iterable[Build]) -> set[str]:
    """Return the units that builds pin, that the tables hold now, or that the next stages read."""
    versions: dict[str, set[int | None]] = {table: {None} for table in SCHEMAS}
    for build in builds:
        for table, version in build.tables.items():
            versions[table].add(version)
    names: set[str] = set()
    for table, of_table in versions.items():
        for one in of_table:
            names |= tables.paths(dataset, table, one)
    for name in subfolders(join(dataset, _STAGING)):
        names |= {url.rsplit("/", 1)[-1] for url in staging_files(dataset, name)}
    return {name.removesuffix(_PART) for name in names}
