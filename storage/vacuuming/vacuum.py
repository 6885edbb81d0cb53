"""Takes what nobody needs any more, in an order in which it may die at any moment, beside builds that run."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from storage.builds import Build, list_builds, shards_of
from storage.compare_and_swap import State, read_state, update_state
from storage.errors import LooseleafError
from storage.filesystem import (
    StoredFile,
    delete_file,
    join,
    list_files,
    remove_empty_folders,
    subfolders,
)
from storage.runs import known_runs
from storage.shards.index import INDEX_NAME
from storage.tags import FOLDER, is_vacuumed
from storage.vacuuming.keep import builds_to_keep, shards_of_runs
from storage.vacuuming.units import Unit, needed_units, units_on_disk

_SHARDS = "shards"


@dataclass(frozen=True)
class Vacuumed:
    """What a vacuum took, or would take: builds by id, files and bytes by the folder that they were in."""

    kept: tuple[str, ...]
    taken: tuple[str, ...]
    files: Mapping[str, int]
    bytes: Mapping[str, int]


def vacuum(dataset: str, keep: int, older_than: timedelta, dry_run: bool = False) -> Vacuumed:
    """Take the files that no build which is kept, no tag and no run needs, and that have some age.

    Kept are the newest builds, those that a tag names, whose shards a run learned from or that are young, and
    what these were mined from. The others stay in the list of builds, and are refused to readers from the
    first moment. Then go manifests, parts and staging, and packed shards. A build that runs meanwhile and
    takes up an old file finds at its end whether it is still there (see `pipeline.runner`).

    Args:
        dataset: path or URL.
        keep: how many of the newest builds; at least one.
        older_than: what was written since is let alone. It should be longer than a build takes.
        dry_run: only say what would go.

    Raises:
        LooseleafError: if `keep` is no number of builds, or there is no build.
    """
    if keep < 1:
        raise LooseleafError(f"A vacuum must keep at least one build, not {keep}: give --keep 1 or more.")
    if not list_builds(dataset):
        raise LooseleafError(f"Dataset {dataset} has no build, so there is nothing to keep: check the path.")
    limit = datetime.now(UTC) - older_than
    before = read_state(join(dataset, FOLDER))
    state = _take_builds(dataset, keep, limit, dry_run=dry_run)
    builds = list_builds(dataset)
    taken = [build for build in builds if is_vacuumed(state, build) and not is_vacuumed(before, build)]
    doomed = _doomed_units(dataset, state, limit)
    shards = _doomed_shards(dataset, state, limit)
    if not dry_run:
        _delete_units(dataset, state, limit, doomed)
        for place, files in shards.items():
            _delete_shards(dataset, place, files, limit)
    gone = {place: file.size for unit in doomed.values() for place, file in unit.files.items()}
    gone |= {place: file.size for files in shards.values() for place, file in files.items()}
    counts, sizes = Counter[str](), Counter[str]()
    for place, size in gone.items():
        counts[place.split("/", 1)[0]] += 1
        sizes[place.split("/", 1)[0]] += size
    kept = tuple(build.build_id for build in builds if not is_vacuumed(state, build))
    return Vacuumed(kept, tuple(build.build_id for build in taken), dict(counts), dict(sizes))


def _take_builds(dataset: str, keep: int, limit: datetime, *, dry_run: bool) -> State:
    """Write down which builds are gone, in the same state as the tags: nobody can name one of them after."""

    def take(state: State) -> State:
        builds = list_builds(dataset)
        kept = builds_to_keep(builds, state, known_runs(dataset), keep, limit)
        gone = {
            build.build_id: build.created_at.isoformat() for build in builds if build.build_id not in kept
        }
        known = state.get("vacuumed", {})
        return {**state, "vacuumed": {**known, **gone}} if gone.items() - known.items() else state

    folder = join(dataset, FOLDER)
    return take(read_state(folder)) if dry_run else update_state(folder, take)


def _there(dataset: str, state: State) -> list[Build]:
    return [build for build in list_builds(dataset) if not is_vacuumed(state, build)]


def _doomed_units(dataset: str, state: State, limit: datetime) -> dict[str, Unit]:
    # What is on disk first: what was written since is not known to be unneeded.
    units = units_on_disk(dataset)
    needed = needed_units(dataset, _there(dataset, state))
    return {
        name: unit for name, unit in units.items() if name not in needed and unit.modified < limit.timestamp()
    }


def _delete_units(dataset: str, state: State, limit: datetime, doomed: Mapping[str, Unit]) -> None:
    # Manifests first: no build takes up a chunk after this. One that has done so before shows in what the
    # tables hold now, or sees at its end that the manifest has gone.
    for unit in doomed.values():
        if unit.manifest is not None:
            delete_file(join(dataset, unit.manifest))
    still = _doomed_units(dataset, state, limit)
    for name, unit in doomed.items():
        if name in still:
            for place in unit.files:
                # Unless it was made again a moment ago.
                delete_file(join(dataset, place), limit.timestamp())


def _doomed_shards(dataset: str, state: State, limit: datetime) -> dict[str, dict[str, StoredFile]]:
    needed = shards_of_runs(known_runs(dataset), limit)
    needed |= {place for build in _there(dataset, state) if (place := shards_of(build)) is not None}
    found = {}
    for name in subfolders(join(dataset, _SHARDS)):
        place = join(_SHARDS, name)
        files = {
            join(place, file): told for file, told in list_files(join(dataset, place), below=True).items()
        }
        if place not in needed and all(file.modified < limit.timestamp() for file in files.values()):
            found[place] = files
    return found


def _delete_shards(dataset: str, place: str, files: Mapping[str, StoredFile], limit: datetime) -> None:
    # Without their index shards are none, and are packed again.
    for file in (join(place, INDEX_NAME), *files):
        delete_file(join(dataset, file), limit.timestamp())
    remove_empty_folders(join(dataset, place))
