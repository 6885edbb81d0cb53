"""What every command has in common: its options, how it prints its result, and how it fails."""

from __future__ import annotations

import contextlib
import functools
import json
import os
import sys
import traceback
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, BinaryIO, Concatenate, ParamSpec

import click

from storage.errors import LooseleafError

P = ParamSpec("P")


@dataclass(frozen=True)
class Shown:
    """A command's result: what `--json` prints, the text for a person, and whether it is a failure.

    A text of None says that the command has written its result itself, in either form.
    """

    value: Mapping[str, Any]
    text: str | None
    failed: bool = False


@dataclass(frozen=True)
class Options:
    """The options that every command has, and standard output for a result too large for `Shown`."""

    json: bool
    debug: bool
    out: BinaryIO = field(default_factory=lambda: sys.stdout.buffer)


def finish(function: Callable[Concatenate[Options, P], Shown]) -> Callable[P, None]:
    """Give a command `--json` and `--debug`, print what it returns, and end as the command line promises.

    While it runs, whatever is printed goes to standard error, so that standard output holds the result alone.
    """

    @click.option("--json", "as_json", is_flag=True, help="Print the result as one JSON object.")
    @click.option("--debug", is_flag=True, help="Show tracebacks and the services' logs.")
    @functools.wraps(function)
    def command(*args: P.args, **kwargs: P.kwargs) -> None:
        options = Options(json=bool(kwargs.pop("as_json")), debug=bool(kwargs.pop("debug")))
        try:
            with contextlib.redirect_stdout(sys.stderr):
                shown = function(options, *args, **kwargs)
        except LooseleafError as error:
            if options.debug:
                traceback.print_exc()
            click.echo(f"Error: {error}", err=True)
            sys.exit(1)
        except KeyboardInterrupt:
            click.echo("Stopped. What was finished is kept: the same command goes on from there.", err=True)
            sys.exit(1)
        if shown.text is not None:
            click.echo(
                json.dumps(shown.value, ensure_ascii=False, default=str) if options.json else shown.text
            )
        if shown.failed:
            sys.exit(1)

    return command


def location(value: str) -> str:
    """Return a path or URL such that every process understands it: local paths become absolute."""
    if "://" in value or "::" in value:
        return value.rstrip("/")
    return os.path.abspath(os.path.expanduser(value))


def one_line(name: str, counts: Mapping[str, Any]) -> str:
    """Return counts as a line for a person."""
    return f"{name}: " + ", ".join(f"{value} {key}" for key, value in counts.items())
