"""What is asked: words, a picture or both, as vectors of the spaces that they are compared in."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from flows.lineage import newest_shards
from flows.searching.vectors import Modality, Source, Vector, rows_of, stored_batches
from pipeline.images.decode import Refused, rasterise, sniff
from pipeline.recipe import ImageSettings, Recipe
from storage.builds import Build
from storage.errors import LooseleafError
from storage.filesystem import exists, read_bytes
from storage.shards import ShardSpec, open_shards
from training.encoders.load import load_image_encoder, load_text_encoder
from training.run_encoder import RunModel, embed_run, load_run
from training.run_identity import run_identity

_SUFFIXES = {".png", ".jpg", ".jpeg", ".webp", ".gif", ".bmp", ".tif", ".tiff", ".avif", ".svg", ".svgz"}


@dataclass(frozen=True)
class Asked:
    """A query's vector for each modality that it is compared with, and where that modality's vectors are."""

    vectors: Mapping[Modality, Vector]
    source: Source
    version: str  # of the vectors that it is compared with
    run: RunModel | None = None  # whose space it is


def is_image(what: str) -> bool:
    """Say whether `what` names a picture's file.

    Raises:
        LooseleafError: if it is named like one and is not there.
    """
    if Path(what).suffix.lower() not in _SUFFIXES:
        return False
    if not exists(what):
        raise LooseleafError(f"There is no image at {what}: check the path.")
    return True


def picture(what: str) -> bytes:
    """Return the bytes of an image to look at: of a drawing its raster.

    Raises:
        LooseleafError: if the drawing cannot be drawn.
    """
    data = read_bytes(what)
    if sniff(data) != "svg":
        return data
    raster = rasterise(data, ImageSettings().max_pixels)
    if isinstance(raster, Refused):
        raise LooseleafError(f"The drawing {what} cannot be drawn ({raster.detail}): give a PNG of it.")
    return raster


def locked_query(dataset: str, build: Build, words: str | None, image: str | None) -> Asked:
    """Return a query for the locked encoders: a picture is compared with pixels, words with texts."""
    mine = Recipe.model_validate(json.loads(build.recipe)).mine
    vectors: dict[Modality, Vector] = {}
    if image is not None:
        vectors["pixels"] = load_image_encoder(mine.image_encoder).encode([picture(image)])[0]
    if words is not None:
        vectors["words"] = vectors["text"] = load_text_encoder(mine.text_encoder).encode([words])[0]
    version = build.tables["embeddings"]
    return Asked(
        vectors,
        lambda modality: rows_of(stored_batches(dataset, version), modality),
        f"{dataset} embeddings {version}",
    )


def run_query(dataset: str, run: str, words: str | None, image: str | None) -> Asked:
    """Return a query in a run's joint space: of words and a picture the sum of their unit vectors.

    Raises:
        LooseleafError: if there is no such run, or it reads other features than the dataset's.
    """
    shards = newest_shards(dataset)
    _same_features(run, dataset, open_shards(shards).index.spec)
    model = load_run(run)
    parts = [model.encode_images([picture(image)])[0]] if image is not None else []
    parts += [model.encode_texts([words])[0]] if words is not None else []
    query: Vector = np.stack(parts).sum(axis=0)
    modalities: tuple[Modality, ...] = ("pixels", "words", "text")
    return Asked(
        dict.fromkeys(modalities, query),
        lambda modality: rows_of(embed_run(run, shards), modality),
        f"{run} {model.run_id} step {model.step} {shards}",
        model,
    )


def _same_features(run: str, dataset: str, spec: ShardSpec) -> None:
    read = run_identity(run)["encoders"]
    other = [name for name in ("pixels", "text") if read.get(name) != spec.encoders.get(name)]
    if other:
        raise LooseleafError(
            f"Run {run} reads {other[0]} by {read.get(other[0])}, and {dataset} was mined by "
            f"{spec.encoders.get(other[0])}: mine it with the run's encoders, or train a run on it."
        )
