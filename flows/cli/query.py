"""`looseleaf query`: SQL over the tables."""

# ruff: noqa: PLC0415 - what is heavy waits until the command runs

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from flows.cli.shared import Options, Shown, finish, location

if TYPE_CHECKING:
    from storage.results import Format


@click.command("query", short_help="DuckDB over the tables.")
@click.argument("dataset")
@click.argument("sql")
@click.option(
    "--format",
    "form",
    type=click.Choice(("table", "json", "csv", "arrow", "parquet")),
    default="table",
    show_default=True,
)
@click.option("--out", help="File to write; needed for arrow and parquet.")
@click.option("--at", "--build", "build_id", help="A build: its id, a tag, latest~1.  [default: latest]")
@finish
def command(
    _options: Options, *, dataset: str, sql: str, form: Format, out: str | None, build_id: str | None
) -> Shown:
    """Ask DATASET a question in DuckDB's SQL; each table is a view of the newest build.

    Views beside the tables: kept_documents, kept_images, image_references, documents_with_counts, figures,
    kills (what each rule dropped, by source).
    """
    from storage.queries import run_query
    from storage.results import json_rows, write_result

    if form in ("arrow", "parquet") and out is None:
        raise click.UsageError(f"--format {form} is not for a terminal: name a file with --out.")
    table = run_query(location(dataset), sql, build_id)
    value = {"columns": table.column_names, "rows": json_rows(table)}
    text = write_result(table, form, location(out) if out else None)
    return Shown(value, text.rstrip("\n") if out is None else f"Wrote {table.num_rows} rows to {out}")
