"""What is nearest to words or to an image, compared with every vector of a dataset."""

from __future__ import annotations

import heapq
import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from flows.lineage import newest_shards
from pipeline.images.decode import Refused, rasterise, sniff
from pipeline.recipe import ImageSettings, Recipe
from storage import tables
from storage.builds import Build, latest_build
from storage.errors import LooseleafError
from storage.filesystem import exists, read_bytes
from storage.queries import connect
from training.encoders.load import load_image_encoder, load_text_encoder
from training.run_encoder import embed_run, load_run

_BATCH = 4096
_TEXT = 200  # letters of a text that are shown

_SUFFIXES = {".png", ".jpg", ".jpeg", ".webp", ".gif", ".bmp", ".tif", ".tiff", ".avif", ".svg", ".svgz"}

_PLACE = """
    select e.doc_id, d.uri, d.title, e.position, e.image_id, e.image_url, coalesce(e.text, e.alt, '')
    from elements e join documents d using (doc_id)
    where (e.doc_id = $doc_id and e.position = $position) or ($doc_id is null and e.image_id = $image_id)
    order by e.doc_id, e.position
    limit 1
"""

_COLUMNS = ("modality", "image_id", "doc_id", "position", "vector")

Modality = Literal["pixels", "words", "text"]
Vector = NDArray[np.float32]
#: Where vectors stand, and the vectors [n, d].
Batch = tuple[list[dict[str, Any]], NDArray[np.float32]]
#: Gives the vectors of a modality.
Source = Callable[[Modality], Iterator[Batch]]


def search(dataset: str, what: str, run: str | None, top: int) -> dict[str, Any]:
    """Return the images and texts that are nearest to `what`.

    Args:
        dataset: path or URL of a mined dataset.
        what: words, or the path or URL of an image.
        run: the run whose model compares. None compares with the locked encoders alone: words with texts and
            with the words that images carry, an image with images.
        top: how many of each.

    Returns:
        `query`, `images` and `texts`: hits with score (cosine), what it was compared with (pixels, words or
        text), document, title, position, image_id, image_url and text.

    Raises:
        LooseleafError: if the dataset is not mined, there is no such run, or the image cannot be read.
    """
    build = _mined(dataset)
    image = _is_image(what)
    query, vectors = _by_run(dataset, run, what, image) if run else _locked(dataset, build, what, image)
    compared: dict[str, tuple[Modality, ...]] = {"images": ("pixels", "words"), "texts": ("text",)}
    if run is None:
        compared = (
            {"images": ("pixels",), "texts": ()} if image else {"images": ("words",), "texts": ("text",)}
        )
    found: dict[str, Any] = {"query": what}
    for kind, modalities in compared.items():
        hits = [
            hit
            for modality in modalities
            for hit in _describe(dataset, build, modality, nearest_rows(vectors(modality), query, top))
        ]
        found[kind] = _best_of_each(hits)[:top]
    return found


def nearest_rows(batches: Iterator[Batch], vector: Vector, top: int) -> list[tuple[float, dict[str, Any]]]:
    """Return the `top` rows of highest cosine with `vector`, best first; memory holds one batch.

    Args:
        batches: rows, and their vectors [n, d].
        vector: [d].
        top: how many.
    """
    query = vector / max(float(np.linalg.norm(vector)), 1e-12)
    best: list[tuple[float, int, dict[str, Any]]] = []
    order = 0
    for rows, vectors in batches:
        norms = np.maximum(np.linalg.norm(vectors, axis=1), 1e-12)
        scores = vectors @ query / norms
        for index in np.argsort(-scores, kind="stable")[:top]:
            order += 1
            # Of equal scores the earlier row wins.
            entry = (float(scores[index]), -order, rows[index])
            if len(best) < top:
                heapq.heappush(best, entry)
            else:
                heapq.heappushpop(best, entry)
    return [(score, row) for score, _, row in sorted(best, key=lambda entry: entry[:2], reverse=True)]


def _mined(dataset: str) -> Build:
    if not exists(dataset):
        raise LooseleafError(f"There is no dataset at {dataset}: check the path.")
    build = latest_build(dataset)
    if build is None or "embeddings" not in build.tables:
        raise LooseleafError(f"Dataset {dataset} has no embeddings yet: run `looseleaf mine {dataset}`.")
    return build


def _is_image(what: str) -> bool:
    if Path(what).suffix.lower() not in _SUFFIXES:
        return False
    if not exists(what):
        raise LooseleafError(f"There is no image at {what}: check the path.")
    return True


def _picture(what: str) -> bytes:
    """Return the bytes of an image to look at: of a drawing its raster."""
    data = read_bytes(what)
    if sniff(data) != "svg":
        return data
    raster = rasterise(data, ImageSettings().max_pixels)
    if isinstance(raster, Refused):
        raise LooseleafError(f"The drawing {what} cannot be drawn ({raster.detail}): give a PNG of it.")
    return raster


def _locked(dataset: str, build: Build, what: str, image: bool) -> tuple[Vector, Source]:
    mine = Recipe.model_validate(json.loads(build.recipe)).mine
    if image:
        query = load_image_encoder(mine.image_encoder).encode([_picture(what)])[0]
    else:
        query = load_text_encoder(mine.text_encoder).encode([what])[0]
    batches = partial(tables.batches, dataset, "embeddings", build.tables["embeddings"], _COLUMNS, _BATCH)
    return query, lambda modality: _rows(batches(), modality)


def _by_run(dataset: str, run: str, what: str, image: bool) -> tuple[Vector, Source]:
    model = load_run(run)
    query = model.encode_images([_picture(what)])[0] if image else model.encode_texts([what])[0]
    shards = newest_shards(dataset)
    return query, lambda modality: _rows(embed_run(run, shards), modality)


def _rows(batches: Iterable[pa.Table | pa.RecordBatch], modality: Modality) -> Iterator[Batch]:
    for batch in batches:
        own = batch.filter(pc.field("modality") == modality)
        if own.num_rows:
            flat = pc.list_flatten(own.column("vector")).to_numpy()
            rows = own.select(["image_id", "doc_id", "position"]).to_pylist()
            yield rows, flat.reshape(own.num_rows, -1)


def _best_of_each(hits: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return hits by falling score; an image that was found by its pixels and by its words comes once."""
    best: dict[object, dict[str, Any]] = {}
    for hit in sorted(hits, key=lambda hit: -hit["score"]):
        best.setdefault(hit["image_id"] or (hit["doc_id"], hit["position"]), hit)
    return list(best.values())


def _describe(
    dataset: str, build: Build, modality: Modality, nearest: Sequence[tuple[float, dict[str, Any]]]
) -> list[dict[str, Any]]:
    """Say of each hit where it stands; an image's pixels have one row, so its first place is taken."""
    connection = connect(dataset, build.build_id)
    hits = []
    for score, row in nearest:
        found = connection.execute(_PLACE, row).fetchone()
        assert found is not None, "an embedding's element is in the build that pins both"
        doc_id, uri, title, position, image_id, image_url, text = found
        hits.append(
            {
                "by": modality,
                "score": score,
                "document": uri,
                "title": title,
                "doc_id": doc_id,
                "position": position,
                "image_id": image_id,
                "image_url": image_url,
                "text": " ".join(text.split())[:_TEXT],
            }
        )
    return hits
