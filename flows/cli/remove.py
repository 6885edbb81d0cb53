"""`looseleaf remove`: documents and images out of a dataset, for good."""

# ruff: noqa: PLC0415 - what is heavy waits until the command runs

from __future__ import annotations

import click

from flows.cli.shared import Options, Shown, finish, location


@click.command("remove", short_help="Documents and images out of every version of a dataset.")
@click.argument("dataset")
@click.option(
    "--uri", "uris", multiple=True, help="Address or doc_id of a document; https://host/* for all of one."
)
@click.option("--image", "images", multiple=True, help="Address of an image, its image_id or its sha256.")
@click.option("--list", "lists", multiple=True, help="File with one of these in each line.")
@finish
def command(
    _options: Options,
    *,
    dataset: str,
    uris: tuple[str, ...],
    images: tuple[str, ...],
    lists: tuple[str, ...],
) -> Shown:
    """Remove documents and images from DATASET: from all versions, archives, shards and later builds.

    Let no build of DATASET run meanwhile. What was exported or trained before is not reached.
    """
    from dataclasses import asdict

    from pipeline.removal.remove import remove
    from pipeline.removal.tombstones import read_targets
    from storage.errors import LooseleafError
    from storage.filesystem import exists, join

    if not (uris or images or lists):
        raise click.UsageError("Nothing is named: give --uri, --image or --list.")
    place = location(dataset)
    if not exists(join(place, "documents")):
        raise LooseleafError(f"There is no dataset at {dataset}: check the path.")
    targets = [*uris, *images, *(line for name in lists for line in read_targets(location(name)))]
    removed = remove(place, targets)
    text = (
        f"Removed {removed.documents} documents and {removed.images} images ({removed.files} files changed)"
    )
    return Shown(asdict(removed), text)
