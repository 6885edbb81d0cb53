"""Searches a snapshot by words, by a picture, or by both; encoders and indices stay warm."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt

from flows.evidence import shared_words
from flows.explorer.apart import run_apart
from flows.explorer.search_files import Places, index_path, places_path
from flows.explorer.sight import Sight
from flows.explorer.snapshot import build_of
from flows.searching.fusing import fused
from flows.searching.vectors import Modality
from storage.errors import LooseleafError

#: The most hits that one can page through.
MOST_HITS = 10_000
#: The share of cells that a query looks into, at least so many.
_SHARE, _LEAST_CELLS = 0.06, 24
_COMPARED: dict[str, tuple[Modality, ...]] = {"images": ("pixels", "words"), "texts": ("text",)}

Vector = npt.NDArray[np.float32]


@dataclass(frozen=True)
class Query:
    """What is looked for, and what the hits are narrowed to; None is no limit."""

    words: str | None
    picture: bytes | None
    source: str | None = None
    language: str | None = None


@dataclass(frozen=True)
class _Opened:
    index: Any  # faiss
    places: Places
    documents: npt.NDArray[np.int32]  # the number of each vector's


class Searcher:
    """Answers queries over one snapshot, from several threads.

    Args:
        sight: what is looked at.
    """

    def __init__(self, sight: Sight) -> None:
        self._sight = sight
        self._lock = threading.Lock()
        self._opened: dict[Modality, _Opened] = {}
        self._encoding = threading.Lock()
        self._words_vector = lru_cache(maxsize=512)(self._encode_words)

    def ready(self) -> bool:
        """Say whether every index has been made."""
        modalities = [modality for kind in _COMPARED.values() for modality in kind]
        return all(index_path(self._sight.snapshot, modality).exists() for modality in modalities)

    def warm(self) -> None:
        """Make what is missing, open the indices, and load the encoder of words.

        Raises:
            LooseleafError: if the snapshot was not mined or an index cannot be made.
        """
        for kind in _COMPARED.values():
            for modality in kind:
                self._open(modality)
        self._words_vector("warm")

    def search(self, query: Query, start: int, limit: int) -> dict[str, Any]:
        """Return hits from `start` on: `images` and `texts`, each with `rows` and `next`.

        Raises:
            LooseleafError: if nothing is looked for, the picture cannot be read, or nothing was mined.
        """
        words = (query.words or "").strip()
        if not words and query.picture is None:
            raise LooseleafError("There is nothing to search for: give words, a picture or both.")
        self._check_mined()
        vectors: dict[Modality, Vector] = {}
        if query.picture is not None:
            vectors["pixels"] = self._picture_vector(query.picture)
        if words:
            vectors["words"] = vectors["text"] = self._words_vector(words)
        allowed = self._allowed(query)
        wanted = min(start + limit + 1, MOST_HITS)
        found: dict[str, Any] = {}
        for kind, modalities in _COMPARED.items():
            rankings = [
                self.nearest(modality, vectors[modality], wanted, allowed)
                for modality in modalities
                if modality in vectors
            ]
            hits = fused(rankings) if len(rankings) > 1 else [hit for hits in rankings for hit in hits]
            rows = hits[start : start + limit]
            self._name(rows)
            for row in rows:
                said = " ".join((row["text"] or "", row["caption"] or "", row["section"] or ""))
                row["shared"] = shared_words(words, said)
            more = len(hits) > start + limit and start + limit < MOST_HITS
            found[kind] = {"rows": rows, "next": start + limit if more else None}
        return found

    def nearest(
        self, modality: Modality, vector: Vector, top: int, allowed: npt.NDArray[np.bool_] | None = None
    ) -> list[dict[str, Any]]:
        """Return about the `top` places of highest cosine with a unit vector, best first.

        Args:
            modality: whose vectors are compared.
            vector: [d].
            top: how many.
            allowed: by the number of a document, whether hits may stand in it; None allows all.
        """
        import faiss  # noqa: PLC0415 (heavy)

        opened = self._open(modality)
        if not opened.index.ntotal:
            return []
        cells = opened.index.nlist
        if allowed is None:
            settings = faiss.SearchParametersIVF(nprobe=max(_LEAST_CELLS, int(_SHARE * cells)))
        else:
            # A narrow choice may stand in few cells: all are looked into, for few vectors are compared.
            bits = np.packbits(allowed[opened.documents], bitorder="little")
            settings = faiss.SearchParametersIVF(nprobe=cells, sel=faiss.IDSelectorBitmap(bits))
        query = np.ascontiguousarray(vector[None, :], dtype=np.float32)
        distances, found = opened.index.search(query, min(top, opened.index.ntotal), params=settings)
        there = found[0] >= 0
        # Squared distances of unit vectors.
        cosines = (1 - distances[0][there] / 2).tolist()
        rows = opened.places.rows(found[0][there].tolist())
        return [{"by": modality, "score": score} | row for score, row in zip(cosines, rows, strict=True)]

    def _allowed(self, query: Query) -> npt.NDArray[np.bool_] | None:
        """Return which documents, by number, hits may stand in; the last entry is for those not known."""
        if query.source is None and query.language is None:
            return None
        rows = self._sight.ask(
            "select number from catalogue.documents where ($source is null or source = $source) "
            "and ($language is null or language = $language)",
            {"source": query.source, "language": query.language},
        )
        total = self._sight.ask("select count(*) as n from catalogue.documents")[0]["n"]
        allowed = np.zeros(total + 2, dtype=np.bool_)
        allowed[[row["number"] for row in rows]] = True
        return allowed

    def _name(self, rows: Sequence[dict[str, Any]]) -> None:
        names = {
            row["doc_id"]: row
            for row in self._sight.ask(
                "select doc_id, name, source, language from catalogue.documents "
                "where doc_id in (select unnest($ids::VARCHAR[]))",
                {"ids": sorted({row["doc_id"] for row in rows if row["doc_id"]})},
            )
        }
        for row in rows:
            row.pop("number", None)
            named = names.get(row["doc_id"], {})
            row |= {name: named.get(name) for name in ("name", "source", "language")}

    def _open(self, modality: Modality) -> _Opened:
        import faiss  # noqa: PLC0415 (heavy)

        with self._lock:
            if modality in self._opened:
                return self._opened[modality]
            self._check_mined()
            snapshot = self._sight.snapshot
            path = index_path(snapshot, modality)
            if not path.exists():
                run_apart("flows.explorer.search_index", [snapshot.dataset, build_of(snapshot), modality])
            # Mapped, so that only what queries look at is in memory, and the system may take it back.
            index = faiss.read_index(str(path), faiss.IO_FLAG_MMAP | faiss.IO_FLAG_READ_ONLY)
            places = Places(places_path(snapshot, modality))
            self._opened[modality] = _Opened(index, places, places.documents())
            return self._opened[modality]

    def _check_mined(self) -> None:
        snapshot = self._sight.snapshot
        if "embeddings" not in snapshot.tables:
            raise LooseleafError(
                f"Dataset {snapshot.dataset} has no vectors to search: run `looseleaf mine` on it first."
            )

    def _encode_words(self, words: str) -> Vector:
        from training.encoders.load import load_text_encoder  # noqa: PLC0415 (heavy)

        with self._encoding:
            return _unit(load_text_encoder(self._encoders()[1]).encode([words])[0])

    def _picture_vector(self, picture: bytes) -> Vector:
        from pipeline.images.decode import Refused, rasterise, sniff  # noqa: PLC0415 (heavy)
        from pipeline.recipe import ImageSettings  # noqa: PLC0415
        from training.encoders.base import UndecodableImageError  # noqa: PLC0415
        from training.encoders.load import load_image_encoder  # noqa: PLC0415

        if sniff(picture) == "svg":
            raster = rasterise(picture, ImageSettings().max_pixels)
            if isinstance(raster, Refused):
                raise LooseleafError(f"That drawing cannot be drawn ({raster.detail}): give a PNG of it.")
            picture = raster
        with self._encoding:
            try:
                return _unit(load_image_encoder(self._encoders()[0]).encode([picture])[0])
            except UndecodableImageError as error:
                raise LooseleafError(
                    "That file is no picture that can be read: give a PNG, a JPEG or another picture."
                ) from error

    def _encoders(self) -> tuple[str, str]:
        recipe = self._sight.snapshot.recipe
        assert recipe is not None, "what was mined has a build"
        return recipe.mine.image_encoder, recipe.mine.text_encoder


def _unit(vector: npt.NDArray[np.floating[Any]]) -> Vector:
    return np.asarray(vector / max(float(np.linalg.norm(vector)), 1e-12), dtype=np.float32)
