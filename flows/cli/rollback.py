"""`looseleaf rollback`: an earlier build becomes the newest again."""

# ruff: noqa: PLC0415 - what is heavy waits until the command runs

from __future__ import annotations

import click

from flows.cli.shared import Options, Shown, finish, location, one_line


@click.command("rollback", short_help="An earlier build becomes the newest again.")
@click.argument("dataset")
@click.argument("build")
@finish
def command(_options: Options, *, dataset: str, build: str) -> Shown:
    """Make a new newest build of DATASET that pins what BUILD pins.

    BUILD is an id or the beginning of one, a tag, or latest~1. Nothing is rewritten: the builds in between
    stay, and the next build, mining, training or query stands on what was rolled back to. Let no build of
    DATASET run meanwhile.
    """
    from storage.rolling_back import roll_back

    made = roll_back(location(dataset), build)
    value = {
        "dataset": location(dataset),
        "build_id": made.build_id,
        "rolled_back_to": made.rolled_back_to or made.build_id,
        "counts": dict(made.counts),
    }
    said = f"{dataset} is at {value['rolled_back_to']} again, as build {made.build_id}"
    return Shown(value, one_line(said, made.counts) if made.counts else said)
