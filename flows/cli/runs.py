"""A run as the command line names it."""

from __future__ import annotations

from flows.cli.shared import location


def run_of(dataset: str, run: str) -> str:
    """Return the place of a run: what a tag of `dataset` stands for, or a path or URL.

    Args:
        dataset: path or URL, as `location` gives it.
        run: the name of a tag, or a path or URL; a folder of that name goes before a tag.
    """
    from storage.filesystem import exists, join  # noqa: PLC0415 - what is heavy waits until the command runs
    from storage.tags import read_tags  # noqa: PLC0415

    place = location(run)
    if exists(join(place, "run.json")):
        return place
    tag = read_tags(dataset).get(run)
    return tag.target if tag is not None and tag.kind == "run" else place
