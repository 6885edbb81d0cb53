"""`looseleaf search`: what is nearest to words, to an image or to both."""

# ruff: noqa: PLC0415 - what is heavy waits until the command runs

from __future__ import annotations

import click

from flows.cli.runs import run_of
from flows.cli.shared import Options, Shown, finish, location


@click.command("search", short_help="Nearest images and texts, by a run's model.")
@click.argument("dataset")
@click.argument("what", required=False)
@click.option("--image", help="An image to look for, alone or together with words.")
@click.option("--run", help="The run whose model compares.  [default: the dataset's locked encoders]")
@click.option("--top", type=click.IntRange(1, 1000), default=10, show_default=True, help="How many of each.")
@click.option("--source", help="Only documents of this source.")
@click.option("--language", help="Only what is written in this language (ISO 639-1).")
@click.option("--kind", help="Only elements of this kind: image, text, table, code, heading, ...")
@click.option(
    "--exact/--approximate",
    "exact",
    default=None,
    help="Compare with every vector, or by an index of faiss.  [default: exact up to 200,000 vectors]",
)
@finish
def command(
    _options: Options,
    *,
    dataset: str,
    what: str | None,
    image: str | None,
    run: str | None,
    top: int,
    source: str | None,
    language: str | None,
    kind: str | None,
    exact: bool | None,
) -> Shown:
    """Find the images and texts of DATASET that are nearest to WHAT: words, or the path of an image.

    With --image, WHAT are words that are looked for together with the image.
    """
    from flows.cli.tables import text_table
    from flows.searching import search
    from flows.searching.places import Filters

    if what is None and image is None:
        raise click.UsageError("Say what to look for: words, --image FILE or both.")
    found = search(
        location(dataset),
        what,
        location(image) if image else None,
        run_of(location(dataset), run) if run else None,
        top,
        filters=Filters(source, language, kind),
        approximate=None if exact is None else not exact,
    )
    rows = [
        [
            hit["by"],
            hit["score"],
            hit["document"],
            hit["page"],
            " > ".join(hit["section_path"] or ()),
            hit["position"],
            hit["caption"] or hit["text"],
            "; ".join(hit["why"]),
        ]
        for hit in (*found["images"], *found["texts"])
    ]
    columns = ("by", "score", "document", "page", "section", "position", "text", "why")
    return Shown(found, text_table(columns, rows))
