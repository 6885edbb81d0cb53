"""`looseleaf serve`: the service and its deployments, until it is stopped."""

# ruff: noqa: PLC0415 - what is heavy waits until the command runs

from __future__ import annotations

import click

from flows.cli.shared import Options, Shown, finish


@click.command("serve", short_help="Prefect server, UI, deployments and their schedules, local Ray.")
@finish
def command(options: Options) -> Shown:
    """Start what is missing, offer the flows as deployments, and stay until SIGINT or SIGTERM."""
    from flows.serving import serve_until_stopped

    addresses = serve_until_stopped(options.debug)
    return Shown({"prefect": addresses.prefect, "ray": addresses.ray}, "Stopped.")
