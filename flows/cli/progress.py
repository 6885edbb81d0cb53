"""Shows the stages of a flow on standard error: bars on a terminal, a line for each stage elsewhere."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TaskID, TextColumn
from rich.progress import TimeElapsedColumn as Elapsed

from flows.watching import StageEvent, watched_by


@contextlib.contextmanager
def shown_progress() -> Iterator[None]:
    """Show the stages of flows that are called in this context."""
    console = Console(stderr=True)
    if not console.is_terminal:
        with watched_by(lambda event: _print_end(console, event)):
            yield
        return
    columns = (
        SpinnerColumn(finished_text="[green]✓[/]"),
        TextColumn("{task.description:<10}"),
        BarColumn(),
        MofNCompleteColumn(),
        Elapsed(),
        TextColumn("[dim]{task.fields[note]}"),
    )
    with Progress(*columns, console=console) as bars:
        tasks: dict[str, TaskID] = {}

        def show(event: StageEvent) -> None:
            if event.stage not in tasks:
                tasks[event.stage] = bars.add_task(event.stage, total=None, note="")
            known = tasks[event.stage]
            if event.report is None:
                bars.update(known, completed=event.done, total=event.total, note=event.note)
                return
            # A stage that had nothing to do has a full bar as well.
            done = int(event.report.get("chunks", 0)) or 1
            bars.update(known, completed=done, total=done, note=summary(event.report))

        with watched_by(show):
            yield


def summary(report: Mapping[str, Any]) -> str:
    """Return what a stage did in a few words."""
    words = []
    kept = report.get("kept") or {}
    if any(kept.values()):
        counts = report["processed"]
        words.append(", ".join(f"{counts[unit]} {unit} now, {kept[unit]} kept" for unit in kept))
    elif report.get("skipped"):
        words.append(f"{report['skipped']} of {report['chunks']} done before")
    words += [
        f"{rows} {table.removeprefix('staging/')}" for table, rows in report.get("rows", {}).items() if rows
    ]
    return ", ".join(words)


def _print_end(console: Console, event: StageEvent) -> None:
    if event.report is not None:
        seconds = float(event.report.get("seconds", 0.0))
        console.print(f"{event.stage:<10} {seconds:6.1f} s  {summary(event.report)}", highlight=False)
