"""`looseleaf metrics`: runs, stages and losses for Prometheus, until it is stopped."""

# ruff: noqa: PLC0415 - what is heavy waits until the command runs

from __future__ import annotations

import click

from flows.cli.shared import Options, Shown, finish


@click.command("metrics", short_help="Runs, stages and losses for Prometheus.")
@click.option("--host", default="127.0.0.1", show_default=True, help="The address to listen on.")
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    default=9310,
    show_default=True,
    help="The port; 0: any that is free.",
)
@finish
def command(options: Options, host: str, port: int) -> Shown:  # noqa: ARG001
    """Serve what Prefect knows of runs and stages as a page for Prometheus, until SIGINT or SIGTERM."""
    import signal

    from flows.metrics.serve import serve_metrics

    # A background shell hands down that SIGINT be ignored; a container is told by SIGTERM.
    for which in (signal.SIGINT, signal.SIGTERM):
        signal.signal(which, signal.default_int_handler)
    serve_metrics(host, port)
    return Shown({"host": host, "port": port}, "Stopped.")
