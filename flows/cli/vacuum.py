"""`looseleaf vacuum`: frees what no build that is kept needs."""

# ruff: noqa: PLC0415 - what is heavy waits until the command runs

from __future__ import annotations

import re
from datetime import timedelta

import click

from flows.cli.shared import Options, Shown, finish, location

_UNITS = {"d": 86_400, "h": 3_600, "m": 60, "s": 1}
_AGE = re.compile(r"([0-9]{1,6})([dhms])|0")


@click.command("vacuum", short_help="Frees what no kept build, tag or run needs.")
@click.argument("dataset")
@click.option("--keep", type=click.IntRange(1), required=True, help="How many of the newest builds stay.")
@click.option(
    "--older-than", "age", default="7d", show_default=True, help="What is younger stays: 7d, 12h, 30m, 0."
)
@click.option("--dry-run", is_flag=True, help="Only say what would go.")
@finish
def command(_options: Options, *, dataset: str, keep: int, age: str, dry_run: bool) -> Shown:
    """Delete the files of DATASET that no kept build, no tag and no run needs.

    Kept are the newest builds, those with a tag, those whose shards a run learned from, those that are young,
    and what any of these was mined from. Can be stopped and run again, and run beside a build, for which
    --older-than should be longer than a build takes. What was crawled and unpacked stays.
    """
    from dataclasses import asdict

    from flows.cli.tables import text_table
    from storage.vacuuming.vacuum import vacuum

    done = vacuum(location(dataset), keep, _duration(age), dry_run)
    files, size = sum(done.files.values()), sum(done.bytes.values())
    took = f"{'Would take' if dry_run else 'Took'} {files} files ({_in_words(size)})"
    text = f"{took}; of the builds {len(done.taken)} go and {len(done.kept)} stay"
    if done.files:
        rows = [[folder, done.files[folder], _in_words(done.bytes[folder])] for folder in sorted(done.files)]
        text += "\n" + text_table(["folder", "files", "size"], rows)
    if done.taken:
        text += f"\nBuilds that go: {', '.join(done.taken)}"
    return Shown({"dataset": location(dataset), "dry_run": dry_run, **asdict(done)}, text)


def _duration(text: str) -> timedelta:
    match = _AGE.fullmatch(text)
    if match is None:
        raise click.UsageError(f"--older-than {text} is no age: write a number and d, h, m or s, such as 7d.")
    return timedelta(seconds=int(match[1]) * _UNITS[match[2]]) if match[1] else timedelta(0)


def _in_words(size: int) -> str:
    amount, unit = float(size), "B"
    for larger in ("kB", "MB", "GB", "TB"):
        if amount < 1000:
            break
        amount, unit = amount / 1000, larger
    return f"{amount:.0f} {unit}" if unit == "B" else f"{amount:.1f} {unit}"
