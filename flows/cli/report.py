"""`looseleaf report`: one page about a dataset or a run."""

# ruff: noqa: PLC0415 - what is heavy waits until the command runs

from __future__ import annotations

import click

from flows.cli.shared import Options, Shown, finish, location


@click.command("report", short_help="One self-contained HTML page.")
@click.argument("dataset_or_run")
@click.option("--out", help="The page.  [default: report.html in the dataset or run]")
@click.option("--bench", help="A bench.json, whose methods are shown beside each other.")
@click.option("--scaling", help="A scaling.json, which is drawn.")
@finish
def command(
    _options: Options, *, dataset_or_run: str, out: str | None, bench: str | None, scaling: str | None
) -> Shown:
    """Write one HTML page about a DATASET or a RUN that needs no other file."""
    from flows.report.page import write_report
    from storage.filesystem import join

    place = location(dataset_or_run)
    path = write_report(
        place,
        location(out) if out else join(place, "report.html"),
        location(bench) if bench else None,
        location(scaling) if scaling else None,
    )
    return Shown({"report": str(path)}, f"Wrote {path}")
