"""`looseleaf diff`: two builds compared."""

# ruff: noqa: PLC0415 - what is heavy waits until the command runs

from __future__ import annotations

import click

from flows.cli.shared import Options, Shown, finish, location


@click.command("diff", short_help="What is different between two builds.")
@click.argument("dataset")
@click.argument("a")
@click.argument("b", default="latest")
@click.option("--table", help="Compare the rows of this table alone, by their keys.")
@click.option(
    "--limit", type=click.IntRange(0), default=20, show_default=True, help="Things that a list shows."
)
@finish
def command(_options: Options, *, dataset: str, a: str, b: str, table: str | None, limit: int) -> Shown:
    """Compare build A of DATASET with build B (by default the newest).

    Each is an id or the beginning of one, a tag, latest or latest~1. Settings, documents, elements, images,
    rules, groups and negatives that came, went or became different; --json has all of it.
    """
    from dataclasses import asdict

    from flows.cli.differences import comparison_text, table_text
    from storage.comparing.builds import compare_builds, compare_rows

    place = location(dataset)
    if table is not None:
        rows = compare_rows(place, a, b, table, limit)
        return Shown({"dataset": place, **asdict(rows)}, table_text(rows))
    found = compare_builds(place, a, b, limit)
    return Shown({**asdict(found), "same": found.is_empty}, comparison_text(found))
