"""`looseleaf export`: a dataset in the form of another tool."""

# ruff: noqa: PLC0415 - what is heavy waits until the command runs

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from flows.cli.shared import Options, Shown, finish, location

if TYPE_CHECKING:
    from pipeline.export.export import Form


@click.command("export", short_help="A dataset as others load it.")
@click.argument("dataset")
@click.option(
    "--format",
    "form",
    type=click.Choice(("huggingface", "mmc4", "obelics", "webdataset")),
    required=True,
    help="Whose form: a Hugging Face dataset folder with card and Croissant metadata, MMC4's JSON lines, "
    "OBELICS' rows, or WebDataset's tar files.",
)
@click.option("--out", required=True, help="Folder to write, empty or not there yet.")
@click.option("--at", "--build", "build_id", help="A build: its id, a tag, latest~1.  [default: latest]")
@finish
def command(_options: Options, *, dataset: str, form: Form, out: str, build_id: str | None) -> Shown:
    """Write the kept documents of DATASET, with their kept images in order, as another tool loads them."""
    from pipeline.export.export import export_dataset

    done = export_dataset(location(dataset), form, location(out), build_id)
    value = {"out": location(out), "format": form, **vars(done)}
    text = f"Wrote {done.documents} documents with {done.images} images to {out} ({done.files} files)"
    return Shown(value, text)
