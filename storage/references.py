"""Finds the build that a person means: by its id or the beginning of it, a tag, `latest`, or a count back."""

from __future__ import annotations

import re

from storage.builds import Build, list_builds
from storage.compare_and_swap import read_state
from storage.errors import LooseleafError
from storage.filesystem import join
from storage.tags import FOLDER, LATEST, is_vacuumed, read_tags

_BACK = re.compile(r"(?P<name>.+?)~(?P<count>[0-9]*)")
_SHORTEST_PREFIX = 4


def resolve_build(dataset: str, reference: str) -> Build:
    """Return the build that `reference` names.

    Args:
        dataset: path or URL.
        reference: an id, a tag, `latest`, the first four or more digits of an id that no other shares; or
            one of these and `~N`, which means N builds earlier in the list (`~` alone is `~1`).

    Raises:
        LooseleafError: if it names none, several, or a run.
    """
    builds = list_builds(dataset)
    if not builds:
        raise LooseleafError(
            f"Dataset {dataset} has no build {reference!r}, nor any other: check the path, or make one with "
            f"`looseleaf build RECIPE --out {dataset}`."
        )
    counted = _BACK.fullmatch(reference)
    named = _named(dataset, builds, counted["name"] if counted else reference)
    back = int(counted["count"] or 1) if counted else 0
    place = builds.index(named) - back
    if place < 0:
        raise LooseleafError(
            f"Dataset {dataset} has no build {reference!r}: only {place + back} were made before "
            f"{named.build_id} (see `looseleaf versions`)."
        )
    return builds[place]


def readable_build(dataset: str, reference: str) -> Build:
    """Return the build that `reference` names (see `resolve_build`), whose rows are still there.

    Raises:
        LooseleafError: if it names none, or a vacuum has taken its rows.
    """
    build = resolve_build(dataset, reference)
    if is_vacuumed(read_state(join(dataset, FOLDER)), build):
        raise LooseleafError(
            f"Build {build.build_id} of {dataset} cannot be read because a vacuum has taken its files: "
            "choose another of `looseleaf versions`."
        )
    return build


def readable_builds(dataset: str) -> list[Build]:
    """Return the builds whose rows are still there, oldest first."""
    state = read_state(join(dataset, FOLDER))
    return [build for build in list_builds(dataset) if not is_vacuumed(state, build)]


def _named(dataset: str, builds: list[Build], name: str) -> Build:
    if name == LATEST:
        return builds[-1]
    by_id = {build.build_id: build for build in builds}
    if name in by_id:
        return by_id[name]
    tags = read_tags(dataset)
    tag = tags.get(name)
    if tag is not None and tag.kind == "run":
        raise LooseleafError(
            f"Tag {name} of {dataset} names the run {tag.target} and no build: give a build, "
            f"or look at the run with `looseleaf lineage {tag.target}`."
        )
    if tag is not None:
        return by_id[tag.target]
    found = [build for build in builds if build.build_id.startswith(name)]
    if len(name) < _SHORTEST_PREFIX or not found:
        known = ", ".join([*tags, *by_id])
        raise LooseleafError(f"Dataset {dataset} has no build {name!r}: choose one of {known}.")
    if len(found) > 1:
        both = ", ".join(build.build_id for build in found)
        raise LooseleafError(f"{name!r} is the beginning of several builds of {dataset} ({both}): give more.")
    return found[0]
