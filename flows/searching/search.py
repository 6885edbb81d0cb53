"""What is nearest to words, to a picture or to both, among the vectors of a dataset."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flows.evidence import image_bytes, shared_words, speaking_part
from flows.searching.approximate import APPROXIMATE_FROM, nearest_in_index
from flows.searching.exact import nearest_rows
from flows.searching.fusing import fused, unit
from flows.searching.places import Filters, allowed_rows, describe
from flows.searching.query import Asked, is_image, locked_query, run_query
from flows.searching.vectors import Modality, Passes
from storage import tables
from storage.builds import Build, latest_build
from storage.errors import LooseleafError
from storage.filesystem import exists
from storage.queries import connect

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

#: The first hits, whose speaking part is looked for.
_WITH_PARTS = 10
_COMPARED: dict[str, tuple[Modality, ...]] = {"images": ("pixels", "words"), "texts": ("text",)}


def search(
    dataset: str,
    words: str | None,
    image: str | None = None,
    run: str | None = None,
    top: int = 10,
    *,
    filters: Filters | None = None,
    approximate: bool | None = None,
) -> dict[str, Any]:
    """Return the images and texts that are nearest to words, to a picture or to both.

    Args:
        dataset: path or URL of a mined dataset.
        words: words, or the path or URL of an image where no `image` is given.
        image: the path or URL of an image.
        run: the run whose model compares, in one space. None compares with the locked encoders: words with
            texts and with the words that images carry, a picture with pixels; the two rankings are fused.
        top: how many of each.
        filters: what the hits are narrowed to.
        approximate: by an index of faiss, or exactly; None takes the index past `APPROXIMATE_FROM` vectors.

    Returns:
        `query`, `image`, `approximate`, `images` and `texts`: hits with score (cosine), what it was compared
        with (pixels, words or text), document, title, source, language, page, section path, position, kind,
        image_id, image_url, caption, text, and `why`: the query's words that it or its section says and, of
        the first pictures that a run found, the part that speaks most for the query.

    Raises:
        LooseleafError: if the dataset is not mined, nothing is asked, there is no such run or it reads
            other features than the dataset's, the image cannot be read, or nothing passes the filters.
    """
    if words is not None and image is None and is_image(words):
        words, image = None, words
    elif image is not None and not is_image(image):
        raise LooseleafError(f"{image} is not named like an image: give a PNG, a JPEG or another picture.")
    if not words and image is None:
        raise LooseleafError("There is nothing to search for: give words, an image or both.")
    build = _mined(dataset)
    narrowed = filters or Filters()
    with connect(dataset, build.build_id) as connection:
        passes = allowed_rows(connection, narrowed)
        if run is None:
            asked = locked_query(dataset, build, words, image)
        else:
            asked = run_query(dataset, run, words, image)
        if approximate is None:
            stored = tables.count(dataset, "embeddings", build.tables["embeddings"])
            approximate = stored >= APPROXIMATE_FROM
        found: dict[str, Any] = {"query": words, "image": image, "approximate": approximate}
        for kind, modalities in _COMPARED.items():
            rankings = [
                [
                    describe(connection, modality, score, row, narrowed)
                    for score, row in _nearest(asked, modality, top, passes, approximate)
                ]
                for modality in modalities
                if modality in asked.vectors and _may_be(modality, narrowed.kind)
            ]
            one_space = run is not None
            hits = (_best_of_each(rankings) if one_space else fused(rankings))[:top]
            for place, hit in enumerate(hits):
                hit["why"] = _why(connection, hit, asked, words, with_part=place < _WITH_PARTS)
            found[kind] = hits
    return found


def _why(
    connection: DuckDBPyConnection, hit: dict[str, Any], asked: Asked, words: str | None, *, with_part: bool
) -> list[str]:
    """Say what of a hit answers the query, as far as it can be told."""
    said = []
    shared = shared_words(
        words or "", " ".join((hit["text"], hit["caption"] or "", *(hit["section_path"] or ())))
    )
    if shared:
        said.append(f"says {', '.join(shared)}")
    if with_part and hit["by"] == "pixels" and asked.run is not None:
        part = speaking_part(asked.run, image_bytes(connection, hit["image_id"]), asked.vectors["pixels"])
        said += [f"its {part} speaks most for the query"] if part else []
    return said


def _nearest(
    asked: Asked, modality: Modality, top: int, passes: Passes | None, approximate: bool
) -> list[tuple[float, dict[str, Any]]]:
    vector, vectors = asked.vectors[modality], asked.source(modality)
    if approximate:
        return nearest_in_index(f"{asked.version} {modality}", vectors, vector, top, passes)
    return nearest_rows(vectors, vector, top, passes)


def _may_be(modality: Modality, kind: str | None) -> bool:
    return kind is None or (kind == "image") == (modality != "text")


def _mined(dataset: str) -> Build:
    if not exists(dataset):
        raise LooseleafError(f"There is no dataset at {dataset}: check the path.")
    build = latest_build(dataset)
    if build is None or "embeddings" not in build.tables:
        raise LooseleafError(f"Dataset {dataset} has no embeddings yet: run `looseleaf mine {dataset}`.")
    return build


def _best_of_each(rankings: list[list[dict[str, Any]]]) -> list[dict[str, Any]]:
    """Return hits by falling score; an image that was found by its pixels and by its words comes once."""
    best: dict[object, dict[str, Any]] = {}
    for hit in sorted((hit for hits in rankings for hit in hits), key=lambda hit: -hit["score"]):
        best.setdefault(unit(hit), hit)
    return list(best.values())
