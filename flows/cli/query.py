"""`looseleaf query`: SQL over the tables."""

# ruff: noqa: PLC0415 - what is heavy waits until the command runs

from __future__ import annotations

import contextlib
import shutil
import sys
import tempfile
from dataclasses import dataclass
from typing import TYPE_CHECKING, BinaryIO, cast

import click

from flows.cli.shared import Options, Shown, finish, location
from flows.cli.sql_completion import complete_query
from storage.examples import EXAMPLES

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

    from storage.results import Format
    from storage.sandbox import Limits

_BINARY = ("arrow", "parquet")
#: Bytes of a result that are kept in memory until it is whole.
_HELD = 8 << 20
_DATASET = "DATASET"


@dataclass(frozen=True)
class _Question:
    """A query, and how its answer is to look."""

    connection: DuckDBPyConnection
    sql: str
    limits: Limits
    form: Format
    rows: int  # most that a table shows


def _epilog() -> str:
    # \b keeps click from filling the lines.
    shown = "\n\n".join(
        f'\b\n{told}:\n  looseleaf query {_DATASET} \\\n    "{sql}"' for told, sql in EXAMPLES
    )
    return f"Examples.\n\n{shown}"


@click.command("query", short_help="DuckDB over the tables.", epilog=_epilog())
@click.argument("dataset")
@click.argument("sql", required=False, shell_complete=complete_query)
@click.option(
    "--format",
    "form",
    type=click.Choice(("table", "json", "csv", *_BINARY)),
    default="table",
    show_default=True,
)
@click.option("--out", help="File to write, a path or URL.  [default: standard output]")
@click.option(
    "--at", "--build", "build_id", metavar="BUILD", help="A build: an id, a tag, latest~1.  [default: latest]"
)
@click.option("--explain", is_flag=True, help="Show how the query would be answered, without doing so.")
@click.option(
    "--rows", type=click.IntRange(min=1), default=1000, show_default=True, help="Most that a table shows."
)
@click.option("--seconds", type=click.FloatRange(min=0, min_open=True), help="Time limit.  [default: none]")
@click.option(
    "--memory",
    type=click.IntRange(min=64),
    default=1024,
    show_default=True,
    help="MiB before it goes to disk.",
)
@finish
def command(
    options: Options,
    *,
    dataset: str,
    sql: str | None,
    form: Format,
    out: str | None,
    build_id: str | None,
    explain: bool,
    rows: int,
    seconds: float | None,
    memory: int,
) -> Shown:
    """Ask DATASET a question in DuckDB's SQL; each table is a view of the newest build.

    SQL is one SELECT statement; `-` reads it from standard input. Without it a prompt opens that completes
    tables and columns.

    Views beside the tables: kept_documents, kept_images, image_references, image_hosts, image_texts,
    documents_with_counts, figures, kills (what each rule dropped, by source). `SHOW TABLES` and
    `DESCRIBE documents` tell more.

    A query reads the dataset's files and nothing else: no other file, no address, no extension.
    """
    from storage.queries import connect
    from storage.sandbox import Limits

    # With --out, what is printed is only where the answer went.
    form = "json" if options.json and out is None else form
    if form in _BINARY and out is None and options.out.isatty():
        raise click.UsageError(
            f"--format {form} is not for a terminal: name a file with --out, or pipe it on."
        )
    asked = _asked(sql)
    limits = Limits(memory=memory << 20, seconds=seconds)
    with connect(location(dataset), build_id, limits) as connection:
        if asked is None:
            from flows.cli.sql_prompt import prompt

            prompt(connection, limits, rows, options.out)
            return Shown({}, None)
        if explain:
            from storage.queries import explain as plan_of

            plan = plan_of(connection, asked)
            return Shown({"plan": plan.splitlines()}, plan)
        question = _Question(connection, asked, limits, form, rows)
        if out is not None:
            return _to_file(question, location(out))
        _to_output(question, options.out)
        return Shown({}, None)


def _asked(sql: str | None) -> str | None:
    """Return the query, from standard input where it is to come from there; None asks for a prompt."""
    if sql is None and sys.stdin.isatty():
        return None
    if sql not in (None, "-"):
        return sql
    asked = sys.stdin.read()
    if not asked.strip():
        raise click.UsageError("There is no SQL, as an argument or on standard input.")
    return asked


def _to_output(question: _Question, out: BinaryIO) -> None:
    """Write the answer to standard output, all of it or, after an error, nothing."""
    with tempfile.SpooledTemporaryFile(max_size=_HELD) as held:
        _answer(question, cast("BinaryIO", held))
        held.seek(0)
        # Who closes the pipe early has seen enough.
        with contextlib.suppress(BrokenPipeError):
            shutil.copyfileobj(held, out)
            out.flush()


def _to_file(question: _Question, out: str) -> Shown:
    from storage.filesystem import written_whole

    with written_whole(out) as sink:
        count = _answer(question, sink)
    return Shown({"out": out, "rows": count}, f"Wrote {count} rows to {out}")


def _answer(question: _Question, sink: BinaryIO) -> int:
    from storage.queries import rows_of
    from storage.results import write_rows
    from storage.sandbox import memory_ceiling

    limits = question.limits
    with memory_ceiling(limits), rows_of(question.connection, question.sql, limits=limits) as reader:
        return write_rows(reader, question.form, sink, question.rows)
