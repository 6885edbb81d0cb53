"""`looseleaf demo`: everything, small, on real documents."""

# ruff: noqa: PLC0415 - what is heavy waits until the command runs

from __future__ import annotations

import click

from flows.cli.shared import Options, Shown, finish, location


@click.command("demo", short_help="Everything below on real documents, small, then opens the report.")
@click.option("--out", default="looseleaf-demo", show_default=True, help="Folder of all that the demo makes.")
@click.option("--open/--no-open", "open_page", default=True, help="Open the report in a browser.")
@finish
def command(options: Options, out: str, open_page: bool) -> Shown:
    """Take engineering documentation and simulated reports all the way, and write a report.

    That is: build, mine, train and evaluate, as the commands of these names do.
    """
    import sys

    from flows.calling import ready_for_flows
    from flows.cli.progress import shown_progress
    from flows.cli.tables import metrics_table

    with ready_for_flows(options.debug), shown_progress():
        from flows.demo.run import run_demo

        summary = run_demo(location(out))
    if open_page and not options.json and sys.stderr.isatty():
        click.launch(f"file://{location(str(summary['report']))}")
    text = f"{metrics_table(summary['metrics'])}\n\nThe report: {summary['report']}"
    return Shown(summary, text)
