"""`looseleaf tag`: names for builds and runs."""

# ruff: noqa: PLC0415 - what is heavy waits until the command runs

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from flows.cli.shared import Options, Shown, finish, location

if TYPE_CHECKING:
    from storage.tags import Tag


@click.command("tag", short_help="Names for builds and runs.")
@click.argument("dataset")
@click.argument("name", required=False)
@click.argument("build", required=False)
@click.option("--run", help="Name a run, in place of a build: path or URL.")
@click.option("--force", is_flag=True, help="Move a name that stands for something else.")
@click.option("--delete", is_flag=True, help="Take the name away; what it stood for stays.")
@click.option("--note", default="", help="Why, for whoever reads the list.")
@finish
def command(
    _options: Options,
    *,
    dataset: str,
    name: str | None,
    build: str | None,
    run: str | None,
    force: bool,
    delete: bool,
    note: str,
) -> Shown:
    """Give a build of DATASET a name, or list the names.

    BUILD is an id or the beginning of one, another tag, or latest~1; by default the newest build. A tag can
    stand wherever a build is named, and a vacuum never takes what has one.
    """
    from flows.cli.tables import text_table
    from storage.references import readable_build
    from storage.tags import LATEST, delete_tag, read_tags, set_tag

    place = location(dataset)
    if build is not None and run is not None:
        raise click.UsageError("A tag names a build or a run: give one of the two.")
    if name is None:
        if delete or run is not None:
            raise click.UsageError("No tag is named: give a NAME.")
        tags = list(read_tags(place).values())
        rows = [[tag.name, tag.kind, tag.target, _when(tag), tag.note] for tag in tags]
        text = text_table(["tag", "kind", "of", "since", "note"], rows) if rows else f"{dataset} has no tags."
        return Shown({"tags": [_plain(tag) for tag in tags]}, text)
    if delete:
        if build is not None or run is not None:
            raise click.UsageError("--delete takes a NAME alone.")
        gone = delete_tag(place, name)
        text = f"Deleted tag {name}, which stood for {gone.kind} {gone.target}"
        return Shown({"deleted": _plain(gone)}, text)
    if run is not None:
        tag = set_tag(place, name, _run(location(run)), "run", force=force, note=note)
    else:
        found = readable_build(place, build or LATEST)
        tag = set_tag(place, name, found.build_id, force=force, note=note)
    return Shown(_plain(tag), f"Tag {name} stands for {tag.kind} {tag.target}")


def _run(run: str) -> str:
    """Return the place of a run, checked."""
    from training.run_identity import run_identity

    run_identity(run)
    return run


def _when(tag: Tag) -> str:
    return f"{tag.set_at:%Y-%m-%d %H:%M}"


def _plain(tag: Tag) -> dict[str, Any]:
    return {**vars(tag), "set_at": tag.set_at.isoformat()}
