"""The metrics table of a run and its baselines, with the figures that the command line prints."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flows.cli.tables import metrics_rows
from flows.showing.board import show_table


def show_metrics(run: str, metrics: Mapping[str, Mapping[str, Any]]) -> None:
    """Show the means over seeds, and their spread, of a run and of each baseline."""
    columns, rows = metrics_rows(metrics)
    table = [dict(zip(("method", *columns), row, strict=True)) for row in rows]
    show_table("metrics", table, f"What {run} and the baselines reach on documents that training never saw")
