"""`looseleaf`: the group of commands. Nothing heavy is imported here, so that `--help` answers at once."""

from __future__ import annotations

import difflib
import importlib
import sys
from types import TracebackType

import click

#: In the order in which people need them.
COMMANDS = (
    "demo",
    "extract",
    "build",
    "mine",
    "train",
    "evaluate",
    "diagnose",
    "bench",
    "scale",
    "query",
    "versions",
    "diff",
    "tag",
    "rollback",
    "vacuum",
    "lineage",
    "query-server",
    "search",
    "features",
    "anomalies",
    "report",
    "explore",
    "remove",
    "export",
    "serve",
    "metrics",
    "doctor",
    "completion",
)


class LazyGroup(click.Group):
    """A group whose commands are imported from `flows.cli.<name>` when they are asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002
        """Return the names, in the order in which help prints them."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        """Return the command of that name, or None."""
        if cmd_name not in COMMANDS:
            return None
        module = cmd_name.replace("-", "_")
        found = importlib.import_module(f"flows.cli.{module}").command
        assert isinstance(found, click.Command)
        return found

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the command, or say which one is nearest."""
        name = args[0]
        if name not in COMMANDS and not name.startswith("-"):
            near = difflib.get_close_matches(name, COMMANDS, n=1, cutoff=0.5)
            hint = f"did you mean '{near[0]}'?" if near else "see `looseleaf --help`."
            raise click.UsageError(f"There is no command '{name}': {hint}", ctx)
        return super().resolve_command(ctx, args)


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="looseleaf", prog_name="looseleaf")
def main() -> None:
    """From messy documents, in which pictures and text were never bound together, to datasets and models.

    Every command takes --json (its result as one JSON object on standard output) and --debug (tracebacks).
    DATASET and RUN are paths or URLs. Exit status: 0 done, 1 failed, 2 wrong usage.
    """
    if "--debug" not in sys.argv:
        sys.excepthook = _one_sentence


def _one_sentence(kind: type[BaseException], error: BaseException, _trace: TracebackType | None) -> None:
    """Print a failure that nobody expected; Python then exits with status 1."""
    first = (str(error).splitlines() or [""])[0]
    print(
        f"Error: looseleaf failed in a way that it does not know ({kind.__name__}: {first}): "
        "run it again with --debug to see where, and report that.",
        file=sys.stderr,
    )


if __name__ == "__main__":
    main()
