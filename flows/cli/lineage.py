"""`looseleaf lineage`: where something comes from, and what was made of it."""

# ruff: noqa: PLC0415 - what is heavy waits until the command runs

from __future__ import annotations

import click

from flows.cli.shared import Options, Shown, finish, location


@click.command("lineage", short_help="From a run, shards, a build or a document back to sources and code.")
@click.argument("target")
@click.option("--at", help="Of a dataset: a build by its id, a tag, latest~1.  [default: latest]")
@click.option("--document", "unit", help="Of a dataset: a document or an image, by its id or address.")
@click.option("--step", type=click.IntRange(1), help="Of a run: the documents that this step saw.")
@click.option(
    "--limit", type=click.IntRange(0), default=10, show_default=True, help="Things that a list shows."
)
@finish
def command(
    _options: Options, *, target: str, at: str | None, unit: str | None, step: int | None, limit: int
) -> Shown:
    """Trace TARGET: a run, a folder of shards, or a dataset.

    Back to shards, builds, flow runs, settings, code, sources, documents and the addresses of images; forward
    to the runs that learned from it. --json has all of it.
    """
    from dataclasses import asdict

    from flows.cli.tree import lineage_text
    from flows.tracing.trace import trace

    found = trace(location(target), at, unit, step, limit)
    return Shown(asdict(found), lineage_text(found))
