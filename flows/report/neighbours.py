"""Nearest neighbours in a run's space over the whole corpus: texts look for images, images for texts."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from flows.report.links import shortened, true_pairs
from flows.report.space import HELD_OUT, Space
from flows.report.subject import ask
from flows.report.thumbnails import SMALL, thumbnails
from storage.shards import RaggedBatch
from training.chance import key_of
from training.evaluation.corpus import encode_documents

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

_QUERIES = 5  # of each kind
_NEAREST = 5
_AT_ONCE = 64  # documents
_CANDIDATES = 400  # held-out documents that queries are drawn from
_WORDS = (8, 60)  # of a text that can stand alone

Floats = NDArray[np.float32]


@dataclass(frozen=True)
class Unit:
    """An image or a text of some document."""

    doc_id: str
    source: str
    image_id: str | None
    text: str  # of an image, its own words
    answered: bool  # whether its own document holds something that it belongs to


@dataclass(frozen=True)
class Hit:
    """A neighbour."""

    unit: Unit
    score: float  # cosine
    own: bool  # stands in the query's document


@dataclass(frozen=True)
class Neighbours:
    """The whole section."""

    of_texts: list[tuple[Unit, list[Hit]]]
    of_images: list[tuple[Unit, list[Hit]]]
    pictures: dict[str, str]  # image_id -> data URI
    titles: dict[str, str]  # doc_id -> title
    images: int  # that were compared
    texts: int
    held_out: bool  # whether the queries are of documents that training never saw


@dataclass(frozen=True)
class _Members:
    """Units and their vectors, [n, d]."""

    units: list[Unit]
    vectors: Floats


def gather_neighbours(sql: DuckDBPyConnection | None, space: Space) -> Neighbours:
    """Compare a few held-out texts and images with every image and text; memory holds some documents."""
    split = next((name for name in (*HELD_OUT, "train") if len(space.documents[name])), "train")
    numbers = sorted(space.documents[split].tolist(), key=lambda number: key_of(f"neighbours/{number}"))
    images, texts = _members(space, np.array(sorted(numbers[:_CANDIDATES]), dtype=np.int64))
    text_queries = _chosen(texts, _WORDS)
    image_queries = _chosen(images)
    to_images: list[list[tuple[float, Unit]]] = [[] for _ in text_queries.units]
    to_texts: list[list[tuple[float, Unit]]] = [[] for _ in image_queries.units]
    compared = [0, 0]
    for some_images, some_texts in _corpus(space):
        for nearest, queries, keys in (
            (to_images, text_queries, some_images),
            (to_texts, image_queries, some_texts),
        ):
            for best, scores in zip(nearest, queries.vectors @ keys.vectors.T, strict=True):
                _keep_nearest(best, scores, keys.units)
        compared = [compared[0] + len(some_images.units), compared[1] + len(some_texts.units)]
    of_texts = [(unit, _hits(unit, best)) for unit, best in zip(text_queries.units, to_images, strict=True)]
    of_images = [(unit, _hits(unit, best)) for unit, best in zip(image_queries.units, to_texts, strict=True)]
    shown = [unit for query, hits in (*of_texts, *of_images) for unit in (query, *(hit.unit for hit in hits))]
    pictures = thumbnails(sql, [unit.image_id for unit in shown if unit.image_id], SMALL) if sql else {}
    titles = _titles(sql, {unit.doc_id for unit in shown}) if sql else {}
    return Neighbours(of_texts, of_images, pictures, titles, compared[0], compared[1], split in HELD_OUT)


def _corpus(space: Space) -> Iterator[tuple[_Members, _Members]]:
    numbers = np.concatenate(list(space.documents.values()))
    for start in range(0, len(numbers), _AT_ONCE):
        yield _members(space, numbers[start : start + _AT_ONCE])


def _members(space: Space, numbers: NDArray[np.int64]) -> tuple[_Members, _Members]:
    batch = space.reader.batch(numbers)
    trained = space.trained
    vectors = encode_documents(trained.model, space.reader, numbers, trained.config.encoders, parts=("both",))
    truth = [true_pairs(batch, document) for document in range(len(batch))]
    of_images = [np.logical_or.reduce(pairs, axis=1) for pairs in truth]
    of_texts = [np.logical_or.reduce(pairs, axis=0) for pairs in truth]
    images = _units(batch, of_images, batch.image_ids, batch.image_names)
    texts = _units(batch, of_texts, [None] * len(batch.texts), batch.texts)
    return _Members(images, vectors.images["both"]), _Members(texts, vectors.texts)


def _units(
    batch: RaggedBatch,
    answered: Sequence[NDArray[np.bool_]],
    image_ids: Sequence[str | None],
    texts: Sequence[str],
) -> list[Unit]:
    """Return the images, or the texts, of a batch; `answered` has a list for each document."""
    owners = [
        (doc_id, source, answer)
        for doc_id, source, of_document in zip(batch.doc_ids, batch.sources, answered, strict=True)
        for answer in of_document.tolist()
    ]
    return [
        Unit(doc_id, source, image_id, text, answer)
        for (doc_id, source, answer), image_id, text in zip(owners, image_ids, texts, strict=True)
    ]


def _chosen(members: _Members, words: tuple[int, int] | None = None) -> _Members:
    """Choose queries of every source in turn, each of another document; texts need so many words."""
    queues: dict[str, list[int]] = {}
    seen: set[str] = set()
    for index in sorted(range(len(members.units)), key=lambda index: key_of(f"{members.units[index]}")):
        unit = members.units[index]
        fits = words is None or words[0] <= len(unit.text.split()) <= words[1]
        # A table in Markdown is no question that a person would ask.
        if fits and unit.answered and not unit.text.startswith("|") and unit.doc_id not in seen:
            seen.add(unit.doc_id)
            queues.setdefault(unit.source, []).append(index)
    turns = sorted((turn, source, at) for source, queue in queues.items() for turn, at in enumerate(queue))
    chosen = [at for _, _, at in turns[:_QUERIES]]
    return _Members([members.units[at] for at in chosen], members.vectors[chosen])


def _keep_nearest(best: list[tuple[float, Unit]], scores: Floats, units: Sequence[Unit]) -> None:
    """Put the best of these units into the list, best first; the same image or text is kept once."""
    for at in np.argsort(-scores, kind="stable")[: 4 * _NEAREST].tolist():
        score, unit = float(scores[at]), units[at]
        if any(_same(unit, known) and score <= known_score for known_score, known in best):
            continue
        best[:] = [entry for entry in best if not _same(unit, entry[1])]
        best.append((score, unit))
        best.sort(key=lambda entry: entry[0], reverse=True)
        del best[_NEAREST:]


def _same(one: Unit, other: Unit) -> bool:
    return one.image_id == other.image_id and (one.image_id is not None or one.text == other.text)


def _hits(query: Unit, best: list[tuple[float, Unit]]) -> list[Hit]:
    return [Hit(_brief(unit), score, unit.doc_id == query.doc_id) for score, unit in best]


def _brief(unit: Unit) -> Unit:
    return replace(unit, text=shortened(unit.text))


def _titles(sql: DuckDBPyConnection, doc_ids: set[str]) -> dict[str, str]:
    query = (
        "select doc_id, coalesce(title, path) as title from documents where doc_id in (select unnest($ids))"
    )
    return {row["doc_id"]: row["title"] for row in ask(sql, query, {"ids": sorted(doc_ids)})}
