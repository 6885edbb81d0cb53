"""`looseleaf completion`: the tab key."""

from __future__ import annotations

import click
from click.shell_completion import get_completion_class

from flows.cli.shared import Options, Shown, finish


@click.command("completion", short_help="Completion for bash, zsh or fish.")
@click.argument("shell", type=click.Choice(("bash", "zsh", "fish")))
@finish
def command(_options: Options, *, shell: str) -> Shown:
    """Print what makes SHELL complete commands, options, tables and columns.

    \b
    bash  eval "$(looseleaf completion bash)"     in ~/.bashrc
    zsh   eval "$(looseleaf completion zsh)"      in ~/.zshrc
    fish  looseleaf completion fish | source      in ~/.config/fish/config.fish
    """  # noqa: D301 - click's mark for lines that stay as they are
    from flows.cli.main import main  # noqa: PLC0415 - it imports this module

    found = get_completion_class(shell)
    assert found is not None
    # Not `source()`: for bash it starts one to ask for its version.
    script = found.source_template % found(main, {}, "looseleaf", "_LOOSELEAF_COMPLETE").source_vars()
    return Shown({"shell": shell, "script": script}, script.strip())
