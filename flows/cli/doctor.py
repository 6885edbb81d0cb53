"""`looseleaf doctor`: what is missing on this machine."""

# ruff: noqa: PLC0415 - what is heavy waits until the command runs

from __future__ import annotations

from dataclasses import asdict

import click

from flows.cli.shared import Options, Shown, finish


@click.command("doctor", short_help="What is missing on this machine, and how to get it.")
@finish
def command(_options: Options) -> Shown:
    """Check this machine; the exit status is 1 when something that is needed is missing."""
    from flows.checks import run_checks

    checks = run_checks()
    lines = []
    for check in checks:
        mark = "ok     " if check.ok else "MISSING" if check.needed else "-      "
        remedy = "" if check.ok else f"  ->  {check.remedy}"
        lines.append(f"{mark} {check.name:<28} {check.found}{remedy}")
    value = {"ok": all(check.ok or not check.needed for check in checks)}
    return Shown(
        {**value, "checks": [asdict(check) for check in checks]}, "\n".join(lines), failed=not value["ok"]
    )
