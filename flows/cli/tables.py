"""Text tables for a person."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from typing import Any

from rich.console import Console
from rich.table import Table


def text_table(columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> str:
    """Return rows as a table; numbers stand to the right, with three decimals where they have any."""
    table = Table(box=None, pad_edge=False, header_style="bold")
    for index, column in enumerate(columns):
        numeric = any(isinstance(row[index], int | float) for row in rows)
        table.add_column(column, justify="right" if numeric else "left", overflow="fold")
    for row in rows:
        table.add_row(*(_cell(value) for value in row))
    out = io.StringIO()
    Console(file=out, width=200, color_system=None).print(table)
    return out.getvalue().rstrip()


def metrics_table(metrics: Mapping[str, Mapping[str, Any]]) -> str:
    """Return the metrics, a row for the run and for each baseline."""
    columns = list(dict.fromkeys(name for figures in metrics.values() for name in figures))
    rows = [[name, *(figures.get(column) for column in columns)] for name, figures in metrics.items()]
    return text_table(["", *columns], rows)


def _cell(value: object) -> str:
    if value is None:
        return ""
    return f"{value:.3f}" if isinstance(value, float) else str(value)
