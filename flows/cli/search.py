"""`looseleaf search`: what is nearest to words or to an image."""

# ruff: noqa: PLC0415 - what is heavy waits until the command runs

from __future__ import annotations

import click

from flows.cli.shared import Options, Shown, finish, location


@click.command("search", short_help="Nearest images and texts, by a run's model.")
@click.argument("dataset")
@click.argument("what")
@click.option("--run", help="The run whose model compares.  [default: the dataset's locked encoders]")
@click.option("--top", type=click.IntRange(1, 1000), default=10, show_default=True, help="How many of each.")
@finish
def command(_options: Options, dataset: str, what: str, run: str | None, top: int) -> Shown:
    """Find the images and texts of DATASET that are nearest to WHAT: words, or the path of an image."""
    from flows.cli.tables import text_table
    from flows.searching import search

    found = search(location(dataset), what, location(run) if run else None, top)
    columns = ("by", "score", "document", "position", "text")
    rows = [[hit[column] for column in columns] for hit in (*found["images"], *found["texts"])]
    return Shown(found, text_table(columns, rows))
