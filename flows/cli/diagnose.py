"""`looseleaf diagnose`: what is wrong with a training, in words."""

# ruff: noqa: PLC0415 - what is heavy waits until the command runs

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import click

from flows.cli.shared import Options, Shown, finish, location


@click.command("diagnose", short_help="What is wrong with a training, in words.")
@click.argument("run")
@finish
def command(_options: Options, run: str) -> Shown:
    """Say what the checks found of RUN: on held-out documents if it was evaluated, else at the last look."""
    from training.diagnosis.diary import last_findings, read_diagnosis

    diagnosis = read_diagnosis(location(run))
    findings = last_findings(diagnosis)
    return Shown({"run": location(run), "findings": findings, **diagnosis}, _told(diagnosis, findings))


def _told(diagnosis: Mapping[str, Any], findings: Sequence[Mapping[str, Any]]) -> str:
    faults = [finding for finding in findings if finding["verdict"] != "passed"]
    passed = [finding for finding in findings if finding["verdict"] == "passed"]
    lines = [_where(diagnosis), ""]
    for fault in faults:
        lines += [f"{_name(fault)} {fault['verdict']}: {fault['sentence']}", f"  {fault['remedy']}", ""]
    if not faults:
        lines += ["Nothing was found.", ""]
    lines += [f"{_name(finding)} passed: {finding['sentence']}" for finding in passed]
    return "\n".join(lines).rstrip()


def _name(finding: Mapping[str, Any]) -> str:
    return str(finding["name"]).replace("_", " ")


def _where(diagnosis: Mapping[str, Any]) -> str:
    held_out = diagnosis.get("held_out")
    if held_out:
        return f"On {held_out['documents']} documents of the {held_out['split']} split:"
    looks = diagnosis["looks"]
    return f"At step {looks[-1]['step']}:" if looks else "No look was taken yet."
