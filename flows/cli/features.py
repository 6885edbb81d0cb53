"""`looseleaf features`: vectors of documents for a surrogate model."""

# ruff: noqa: PLC0415 - what is heavy waits until the command runs

from __future__ import annotations

import click

from flows.cli.runs import run_of
from flows.cli.shared import Options, Shown, finish, location, one_line


@click.command("features", short_help="Vectors of documents for a surrogate model.")
@click.argument("dataset")
@click.option("--run", required=True, help="The run in whose space the vectors are.")
@click.option("--out", required=True, help="File to write: .parquet or .csv.")
@click.option(
    "--target",
    metavar="FILE:COLUMN",
    help="Numbers to predict: a CSV or Parquet file with a key column doc_id, uri or path.",
)
@click.option("--log", is_flag=True, help="Predict the target's logarithm.")
@finish
def command(_options: Options, *, dataset: str, run: str, out: str, target: str | None, log: bool) -> Shown:
    """Write a row for each document of DATASET: the mean vectors of its images and texts, and its numbers.

    The numbers are the logarithms of what the document and its pictures print, by what they measure. With a
    target it prints R2 of a ridge regression on families of documents that it has not seen, over five deals
    of the families to folds, beside the parts of the features, the locked encoders' own vectors and the mean.
    """
    from flows.cli.tables import text_table
    from flows.features import write_features

    place = location(target) if target else None
    found = write_features(location(dataset), run_of(location(dataset), run), location(out), place, log)
    text = one_line("features", {"documents": found["documents"]}) + f" in {found['out']}"
    if target:
        text += f"\n{target}: {found['used']} documents, {found['families']} families\n"
        text += text_table(
            ("vectors", "R2", "spread"),
            [[name, score, found["r2_spread"][name]] for name, score in found["r2"].items()],
        )
    return Shown(found, text)
