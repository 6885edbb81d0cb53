"""`looseleaf evaluate`: the metrics table."""

# ruff: noqa: PLC0415 - what is heavy waits until the command runs

from __future__ import annotations

import click

from flows.cli.shared import Options, Shown, finish, location


@click.command("evaluate", short_help="The metrics table of a run.")
@click.argument("run")
@click.option("--on", help="Another dataset to evaluate on: path or URL.  [default: the run's own]")
@finish
def command(options: Options, run: str, on: str | None) -> Shown:
    """Measure RUN and the baselines on documents that training never saw."""
    from flows.calling import ready_for_flows
    from flows.cli.progress import shown_progress
    from flows.cli.tables import metrics_table, parts_table
    from flows.params import EvaluateParams

    params = EvaluateParams(run=location(run), on=location(on) if on else None)
    with ready_for_flows(options.debug), shown_progress():
        from flows.evaluate import evaluate

        result = evaluate(params)
    return Shown(result, f"{metrics_table(result['metrics'])}\n\n{parts_table(result['units'])}")
