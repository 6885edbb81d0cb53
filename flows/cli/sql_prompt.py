"""The prompt of `looseleaf query`: statement after statement, with completion and a history."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from prompt_toolkit import PromptSession
from prompt_toolkit.completion import CompleteEvent, Completer, Completion
from prompt_toolkit.document import Document
from prompt_toolkit.filters import Condition
from prompt_toolkit.history import FileHistory
from prompt_toolkit.input import Input
from prompt_toolkit.lexers import PygmentsLexer
from prompt_toolkit.output import Output
from pygments.lexers.sql import SqlLexer

from flows.cli.sql_completion import Names, suggestions
from storage.errors import LooseleafError
from storage.examples import EXAMPLES
from storage.queries import explain, names, rows_of
from storage.results import write_rows
from storage.sandbox import Limits

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

_HELP = """\
A query ends with a semicolon; the tab key completes tables and columns.
  .tables           tables and views
  .columns TABLE    the columns of one
  .examples         questions to begin with
  .explain SQL;     how a query would be answered
  .quit             or Ctrl-D"""


class _Words(Completer):
    """Completes from the dataset's own names."""

    def __init__(self, known: Names) -> None:
        self._known = known

    def get_completions(self, document: Document, complete_event: CompleteEvent) -> Iterable[Completion]:  # noqa: ARG002
        word, found = suggestions(document.text_before_cursor, self._known, document.text_after_cursor)
        for one in found:
            yield Completion(one, start_position=-len(word), display_meta=_meta(one, self._known))


def prompt(
    connection: DuckDBPyConnection,
    limits: Limits,
    rows: int,
    out: BinaryIO,
    terminal: tuple[Input, Output] | None = None,
) -> None:
    """Answer statements until the end of input.

    Args:
        connection: over the dataset.
        limits: of one statement.
        rows: most rows that are shown of an answer.
        out: takes the answers.
        terminal: where to read and write, by default the process's own.
    """
    known = names(connection)
    session: PromptSession[str] = PromptSession(
        history=FileHistory(str(_history())),
        completer=_Words(known),
        complete_while_typing=False,
        lexer=PygmentsLexer(SqlLexer),
        multiline=Condition(lambda: not _complete(session.default_buffer.text)),
        prompt_continuation="... ",
        input=terminal[0] if terminal else None,
        output=terminal[1] if terminal else None,
    )
    print(f"{len(known)} tables and views, read only. `.help` tells more.", file=sys.stderr)
    while True:
        try:
            asked = session.prompt("looseleaf> ").strip()
        except KeyboardInterrupt:
            continue
        except EOFError:
            return
        if asked in (".quit", ".exit"):
            return
        try:
            if asked.startswith("."):
                _say(out, _told(connection, asked, known))
            elif asked:
                with rows_of(connection, asked, limits=limits) as reader:
                    write_rows(reader, "table", out, rows)
        except LooseleafError as error:
            print(f"Error: {error}", file=sys.stderr)
        except KeyboardInterrupt:
            print("Stopped.", file=sys.stderr)
        out.flush()


def _told(connection: DuckDBPyConnection, asked: str, known: Names) -> str:
    """Return what a command of the prompt answers."""
    command, _, rest = asked.partition(" ")
    match command:
        case ".help":
            return _HELP
        case ".tables":
            return "\n".join(known)
        case ".columns" if rest in known:
            return "\n".join(known[rest])
        case ".columns":
            raise LooseleafError(f'There is no table or view "{rest}": `.tables` names all of them.')
        case ".examples":
            return "\n\n".join(f"-- {told}\n{sql};" for told, sql in EXAMPLES)
        case ".explain":
            return explain(connection, rest.rstrip("; "))
    raise LooseleafError(f"There is no {command}: `.help` names what there is.")


def _complete(text: str) -> bool:
    """Say whether the return key ends the statement rather than the line."""
    text = text.strip()
    return not text or text.endswith(";") or (text.startswith(".") and not text.startswith(".explain"))


def _meta(name: str, known: Names) -> str:
    return "table" if name in known else ""


def _say(out: BinaryIO, text: str) -> None:
    out.write(f"{text}\n".encode())


def _history() -> Path:
    home = os.environ.get("XDG_STATE_HOME") or str(Path.home() / ".local" / "state")
    path = Path(home) / "looseleaf" / "query_history"
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    return path
