"""`looseleaf anomalies`: figures that do not belong to their text."""

# ruff: noqa: PLC0415 - what is heavy waits until the command runs

from __future__ import annotations

import click

from flows.cli.runs import run_of
from flows.cli.shared import Options, Shown, finish, location


@click.command("anomalies", short_help="Figures that do not belong to their text.")
@click.argument("dataset")
@click.option("--run", help="A run whose model speaks too; DATASET must be mined.")
@click.option("--out", help="File to write all figures to: .parquet or .csv.")
@click.option("--top", type=click.IntRange(1), default=10, show_default=True, help="How many are printed.")
@finish
def command(_options: Options, *, dataset: str, run: str | None, out: str | None, top: int) -> Shown:
    """Rank the figures of DATASET: those of another run, in wrong units or of the wrong load case first.

    Evidence are the words and numbers that stand in a picture, its file name and alt text, and, with a run,
    its pixels, against the text and the tables of its document and of its siblings (documents of one family).
    The probability expects that two figures of a hundred are wrong.
    """
    from flows.anomalies.rank import rank_anomalies

    found = rank_anomalies(
        location(dataset), run_of(location(dataset), run) if run else None, location(out) if out else None
    )
    rows = found["figures"]
    text = [
        f"{len(rows)} figures in {found['documents']} documents, words were read in {found['with_words']}"
    ]
    for row in rows[:top]:
        where = " > ".join([row["path"] or row["document"], *row["section_path"][-1:]])
        text.append(f"\n{row['probability']:.2f}  {row['kind']}: {row['image_url']}\n      in {where}")
        text += [f"      - {sentence}" for sentence in row["evidence"]]
    if out:
        text.append(f"\nall of them: {found['out']}")
    shown = found if out is None else found | {"figures": rows[:top]}
    return Shown(shown, "\n".join(text))
