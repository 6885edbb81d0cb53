"""`looseleaf mine`: embeddings, negatives, shards."""

# ruff: noqa: PLC0415 - what is heavy waits until the command runs

from __future__ import annotations

import click

from flows.cli.runs import run_of
from flows.cli.shared import Options, Shown, finish, location, one_line


@click.command("mine", short_help="Embeddings, negatives and training shards.")
@click.argument("dataset")
@click.option("--run", help="A trained run, in whose space negatives are mined.  [default: locked encoders]")
@finish
def command(options: Options, dataset: str, run: str | None) -> Shown:
    """Embed the newest build of DATASET, mine its negatives and pack its training shards."""
    from flows.calling import ready_for_flows
    from flows.cli.progress import shown_progress
    from flows.params import MineParams

    params = MineParams(dataset=location(dataset), run=run_of(location(dataset), run) if run else None)
    with ready_for_flows(options.debug), shown_progress():
        from flows.mine import mine

        result = mine(params)
    return Shown(result, one_line(f"Mined {result['dataset']} ({result['build_id']})", result["counts"]))
