"""`looseleaf explore`: a web page over a dataset and its runs."""

# ruff: noqa: PLC0415 - what is heavy waits until the command runs

from __future__ import annotations

import click

from flows.cli.shared import Options, Shown, finish, location


@click.command("explore", short_help="A web page over a dataset and its runs.")
@click.argument("dataset")
@click.option("--run", "runs", multiple=True, help="A run to show; may be repeated.  [default: DATASET-*]")
@click.option("--at", "--build", "build", help="A build: an id, a tag, latest~1.  [default: the latest]")
@click.option("--port", type=click.IntRange(0, 65535), default=8765, show_default=True, help="0: a free one.")
@click.option("--address", default="127.0.0.1", show_default=True, help="The address to listen on.")
@click.option("--allow", "names", multiple=True, help="A further host name to answer to; may be repeated.")
@finish
def command(
    _options: Options,
    *,
    dataset: str,
    runs: tuple[str, ...],
    build: str | None,
    port: int,
    address: str,
    names: tuple[str, ...],
) -> Shown:
    """Serve a page to browse, search, compare and mark DATASET, until SIGINT or SIGTERM.

    It listens on this machine alone, answers to its own names alone, and writes nothing but marks.
    """
    from flows.explorer.serving import explore_until_stopped, named_runs, runs_beside

    place = location(dataset)
    chosen = named_runs([location(run) for run in runs]) if runs else runs_beside(place)
    shown = explore_until_stopped(place, chosen, build, address=address, port=port, names=names)
    return Shown({"address": shown}, "Stopped.")
