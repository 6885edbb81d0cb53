"""Finds the build of a dataset that a flow stands on, and the shards that were packed of it."""

from __future__ import annotations

from storage.builds import Build, get_build, latest_build, shards_of
from storage.errors import LooseleafError
from storage.filesystem import join


def newest_tables(dataset: str) -> Build:
    """Return the newest build of tables, past what was mined from it.

    Raises:
        LooseleafError: if the dataset has no build.
    """
    build = latest_build(dataset)
    if build is None:
        raise LooseleafError(
            f"Dataset {dataset} has no build to mine: make one with `looseleaf build RECIPE --out {dataset}`."
        )
    while build.stage != "build" and build.parent is not None:
        build = get_build(dataset, build.parent)
    return build


def newest_shards(dataset: str) -> str:
    """Return the URL of the shards that were packed last.

    Raises:
        LooseleafError: if the newest build of the dataset was not mined.
    """
    build = latest_build(dataset)
    if build is None:
        raise LooseleafError(
            f"There is no dataset at {dataset}: check the path, or make one with "
            f"`looseleaf build RECIPE --out {dataset}`."
        )
    place = shards_of(build)
    if place is None:
        raise LooseleafError(f"Dataset {dataset} has no shards to train on: run `looseleaf mine {dataset}`.")
    return join(dataset, place)
