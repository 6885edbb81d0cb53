"""Text tables for a person."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from typing import Any

from rich.console import Console
from rich.table import Table

_HEADLINES = {
    "in_doc_auc": "AUC",
    "in_doc_auc_dc": "AUC-dc",
    "in_doc_auc_dc_apart": "apart",
    "in_doc_p_at_1": "p@1",
    "caption_auc": "caption AUC",
    "corpus_recall_at_1": "recall@1",
    "corpus_recall_at_10": "recall@10",
    "modality_gap": "gap",
}


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
    return "\n".join(line.rstrip() for line in out.getvalue().rstrip().splitlines())


def metrics_table(metrics: Mapping[str, Mapping[str, Any]], headlines: Mapping[str, str] = _HEADLINES) -> str:
    """Return the figures that matter most, a row for the run and each baseline; `--json` has all of them."""
    columns, rows = metrics_rows(metrics, headlines)
    return text_table(["", *columns], rows)


def metrics_rows(
    metrics: Mapping[str, Mapping[str, Any]], headlines: Mapping[str, str] = _HEADLINES
) -> tuple[list[str], list[list[str]]]:
    """Return the headlines of the figures that are there, and for each row its name and its figures."""
    columns = [column for column in headlines if any(column in figures for figures in metrics.values())]
    rows = [
        [name, *(_with_spread(figures, column) for column in columns)] for name, figures in metrics.items()
    ]
    return [headlines[column] for column in columns], rows


def parts_table(parts: Mapping[str, Mapping[str, float | None]]) -> str:
    """Return how each part of an image is weighed, and the AUC-dc that is lost without it."""
    fields = {"weight": "weight", "mean": "adds to AUC-dc", "low": "from (95 %)", "high": "to"}
    rows = [[name, *(told[field] for field in fields)] for name, told in parts.items()]
    return text_table(["part", *fields.values()], rows)


def _with_spread(figures: Mapping[str, Any], column: str) -> str:
    value, spread = figures.get(column), figures.get(f"{column}_spread")
    if value is None:
        return "-"
    digits = ",.0f" if abs(value) >= 1000 else ".3f"
    return f"{value:{digits}} ±{spread:{digits}}" if spread else f"{value:{digits}}"


def _cell(value: object) -> str:
    if value is None:
        return ""
    return f"{value:.3f}" if isinstance(value, float) else str(value)
