"""Searches over held-out documents: the ones that succeed best and those that fail worst."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from flows.report.links import shortened
from flows.report.space import HELD_OUT, Space
from flows.report.thumbnails import SMALL, thumbnails
from training.chance import key_of
from training.diagnosis.alignment import true_pairs
from training.evaluation.corpus import encode_documents, read_corpus
from training.metrics.pairs import set_ids

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

_EACH = 3
_ANSWERS = 4
_DOCUMENTS = 200  # that are searched in
_WORDS = 5  # of a text that can be searched for


@dataclass(frozen=True)
class Thing:
    """An image, or a text."""

    text: str  # of an image, its own words
    image_id: str | None


@dataclass(frozen=True)
class Answer:
    """One place of a search's result."""

    thing: Thing
    rank: int  # from 1
    score: float  # cosine
    right: bool


@dataclass(frozen=True)
class Example:
    """A search."""

    query: Thing
    source: str
    rank: int  # of the first right answer
    answers: list[Answer]  # the first few; then the first right one, if it comes later


@dataclass(frozen=True)
class Searches:
    """One direction of search: a query is found if its first answer is right."""

    title: str
    asked: int
    among: int
    first: float  # share of the searches whose first answer is right
    good: list[Example]
    worst: list[Example]


@dataclass(frozen=True)
class Examples:
    """The whole section."""

    directions: list[Searches]
    pictures: dict[str, str]  # image_id -> data URI


@dataclass(frozen=True)
class _Side:
    """All images, or all texts, of the documents that are searched."""

    things: list[Thing]
    documents: NDArray[np.int64]  # the document of each
    asked: NDArray[np.bool_]  # whether it can be searched for


@dataclass(frozen=True)
class _Table:
    """Queries by targets."""

    queries: _Side
    targets: _Side
    scores: NDArray[np.float32]
    right: NDArray[np.bool_]


def gather_examples(sql: DuckDBPyConnection | None, space: Space) -> Examples | None:
    """Search held-out documents both ways; None if nothing is held out."""
    split = next((name for name in HELD_OUT if len(space.documents[name])), None)
    if split is None:
        return None
    drawn = sorted(space.documents[split].tolist(), key=lambda number: key_of(f"examples/{number}"))
    numbers = np.array(sorted(drawn[:_DOCUMENTS]), dtype=np.int64)
    batch, trained = space.reader.batch(numbers), space.trained
    vectors = encode_documents(trained.model, space.reader, numbers, trained.config.encoders, parts=("both",))
    scores = vectors.images["both"] @ vectors.texts.T
    right = np.zeros(scores.shape, dtype=bool)
    right[true_pairs(read_corpus(space.reader, numbers))] = True
    images = _Side(
        [Thing(name, image_id) for name, image_id in zip(batch.image_names, batch.image_ids, strict=True)],
        set_ids(batch.image_offsets),
        np.logical_or.reduce(right, axis=1),
    )
    long = np.array([len(text.split()) >= _WORDS for text in batch.texts], dtype=bool)
    texts = _Side(
        [Thing(text, None) for text in batch.texts],
        set_ids(batch.text_offsets),
        np.logical_or.reduce(right, axis=0) & long,
    )
    directions = [
        _searches("From a figure to its text", _Table(images, texts, scores, right), batch.sources),
        _searches("From a text to its figure", _Table(texts, images, scores.T, right.T), batch.sources),
    ]
    shown = {
        thing.image_id
        for direction in directions
        for example in (*direction.good, *direction.worst)
        for thing in (example.query, *(answer.thing for answer in example.answers))
        if thing.image_id
    }
    return Examples(
        [direction for direction in directions if direction.asked],
        thumbnails(sql, shown, SMALL) if sql else {},
    )


def _searches(title: str, table: _Table, sources: Sequence[str]) -> Searches:
    queries = np.flatnonzero(table.queries.asked)
    best = np.where(table.right, table.scores, -np.inf).max(axis=1, initial=-np.inf)[queries]
    ranks = 1 + (table.scores[queries] > best[:, None]).sum(axis=1)
    # Of those that are found, the surest first: by how far the right answer is above the best wrong one.
    wrong = np.where(table.right, -np.inf, table.scores).max(axis=1, initial=-np.inf)[queries]
    order = np.argsort(wrong - best, kind="stable")
    good = queries[order[ranks[order] == 1]]
    worst = queries[np.argsort(-ranks, kind="stable")]
    return Searches(
        title,
        len(queries),
        len(table.targets.things),
        float((ranks == 1).mean()) if len(ranks) else 0.0,
        [_example(table, query, sources) for query in _of_many_documents(table, good, sources)],
        [_example(table, query, sources) for query in _of_many_documents(table, worst, sources)],
    )


def _of_many_documents(table: _Table, queries: NDArray[np.int64], sources: Sequence[str]) -> list[int]:
    """Return the first queries, each of another document, and of every source in turn."""
    seen: set[int] = set()
    turns: dict[str, int] = {}
    found = []
    for place, query in enumerate(queries.tolist()):
        document = int(table.queries.documents[query])
        if document not in seen:
            seen.add(document)
            turn = turns[sources[document]] = turns.get(sources[document], -1) + 1
            found.append((turn, place, query))
    return [query for _, _, query in sorted(found)[:_EACH]]


def _example(table: _Table, query: int, sources: Sequence[str]) -> Example:
    scores, right, things = table.scores[query], table.right[query], table.targets.things
    # The same text, or image, may stand in several documents: it is shown once, and is right if one of it is.
    truths = {things[at] for at in np.flatnonzero(right).tolist()}
    answers: list[Answer] = []
    seen: set[Thing] = set()
    for rank, at in enumerate(np.argsort(-scores, kind="stable").tolist(), start=1):
        thing = things[at]
        if thing in seen:
            continue
        seen.add(thing)
        is_right = thing in truths
        if len(answers) < _ANSWERS or is_right:
            answers.append(Answer(_brief(thing), rank, float(scores[at]), is_right))
        if len(answers) >= _ANSWERS and any(answer.right for answer in answers):
            break
    source = sources[int(table.queries.documents[query])]
    rank = next(answer.rank for answer in answers if answer.right)
    return Example(_brief(table.queries.things[query]), source, rank, answers)


def _brief(thing: Thing) -> Thing:
    return replace(thing, text=shortened(thing.text))
