"""Mined negatives: the suspected ones first, or drawn; each with its guards and what a person said of it."""

from __future__ import annotations

import threading
from typing import Any, Literal

import pyarrow.compute as pc
import pyarrow.dataset as pa_dataset

from flows.explorer.paging import from_cursor, to_cursor
from flows.explorer.places import described
from flows.explorer.sight import Sight
from storage import tables
from storage.marks import Pair, Verdict, add_mark, read_marks

Order = Literal["suspected", "hardest"]

_COLUMNS = (
    "number, group_id, doc_id, position, negative_group_id, negative_doc_id, negative_position, modality, "
    "score, rank, encoder, guards, false_probability"
)
_OF_DOCUMENT = 2000


class Marks:
    """The marks that count, read again when the table has another version.

    Args:
        dataset: path or URL.
    """

    def __init__(self, dataset: str) -> None:
        self._dataset = dataset
        self._lock = threading.Lock()
        self._version: int | None = None
        self._known: list[dict[str, Any]] = []

    def all(self) -> list[dict[str, Any]]:
        """Return the mark that counts of each pair, newest first."""
        with self._lock:
            version = tables.version(self._dataset, "marks")
            if version != self._version:
                self._known, self._version = read_marks(self._dataset), version
            return self._known

    def of_pairs(self) -> dict[frozenset[tuple[str, int]], dict[str, Any]]:
        """Return the marks by their pair."""
        return {
            frozenset(
                ((mark["doc_id"], mark["position"]), (mark["negative_doc_id"], mark["negative_position"]))
            ): mark
            for mark in self.all()
        }

    def add(self, pair: Pair, verdict: Verdict, note: str | None) -> str:
        """Write a mark; return its id."""
        return add_mark(self._dataset, pair, verdict, note)


def directions(sight: Sight) -> dict[str, Any]:
    """Return what was mined in each direction, and how many pairs each guard refused there."""
    return {
        "directions": sight.ask("select * from catalogue.directions order by modality"),
        "refusals": sight.ask("select * from catalogue.refusals order by modality, pairs desc, rule"),
    }


def list_negatives(
    sight: Sight,
    marks: Marks,
    modality: str | None,
    order: Order,
    *,
    doc_id: str | None,
    cursor: str | None,
    limit: int,
) -> dict[str, Any]:
    """Return a page of mined pairs with both sides, by falling suspicion or by falling score.

    Args:
        sight: what is looked at.
        marks: what people said.
        modality: the direction; None takes all.
        order: the likeliest false ones first, or the nearest strangers first.
        doc_id: the anchor's document, all of whose negatives are listed; None takes those in the catalogue.
        cursor: of the page before.
        limit: the most rows.
    """
    if doc_id is not None:
        return _of_document(sight, marks, doc_id, modality, cursor=cursor, limit=limit)
    values: dict[str, Any] = {"modality": modality, "limit": limit + 1}
    key = "coalesce(false_probability, -1)" if order == "suspected" else "coalesce(score, -2)"
    after = ""
    if cursor is not None:
        values["key"], values["number"] = from_cursor(cursor, (float, int))
        after = f"and ({key} < $key or ({key} = $key and number > $number))"
    rows = sight.ask(
        f"select {_COLUMNS}, {key}::DOUBLE as key from catalogue.negatives "  # noqa: S608 (our own words)
        f"where ($modality is null or modality = $modality) {after} order by key desc, number limit $limit",
        values,
    )
    following = to_cursor(rows[limit - 1]["key"], rows[limit - 1]["number"]) if len(rows) > limit else None
    return {"rows": _with_sides(sight, marks, rows[:limit]), "next": following}


def marked(sight: Sight, marks: Marks, *, cursor: str | None, limit: int) -> dict[str, Any]:
    """Return a page of the marks, newest first, with both sides."""
    start = from_cursor(cursor, (int,))[0] if cursor is not None else 0
    known = marks.all()
    rows = [dict(mark) for mark in known[start : start + limit]]
    following = to_cursor(start + limit) if start + limit < len(known) else None
    return {"rows": _with_sides(sight, marks, rows), "next": following}


def _of_document(
    sight: Sight, marks: Marks, doc_id: str, modality: str | None, *, cursor: str | None, limit: int
) -> dict[str, Any]:
    start = from_cursor(cursor, (int,))[0] if cursor is not None else 0
    version = sight.snapshot.tables.get("negatives")
    if version is None:
        return {"rows": [], "next": None}
    wanted = pa_dataset.field("doc_id") == doc_id
    if modality is not None:
        wanted &= pa_dataset.field("modality") == modality
    found = tables.arrow_dataset(sight.snapshot.dataset, "negatives", version).head(
        _OF_DOCUMENT, filter=wanted
    )
    ranked = found.take(
        pc.sort_indices(found, [("position", "ascending"), ("modality", "ascending"), ("rank", "ascending")])
    )
    rows = ranked.slice(start, limit).to_pylist()
    following = to_cursor(start + limit) if start + limit < ranked.num_rows else None
    return {"rows": _with_sides(sight, marks, rows), "next": following}


def _with_sides(sight: Sight, marks: Marks, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    ends = [
        ((row["doc_id"], row["position"]), (row["negative_doc_id"], row["negative_position"])) for row in rows
    ]
    places = described(sight, [place for pair in ends for place in pair])
    known = marks.of_pairs()
    for row, (ours, theirs) in zip(rows, ends, strict=True):
        mark = known.get(frozenset((ours, theirs)))
        row["anchor"], row["negative"] = places[ours], places[theirs]
        row["mark"] = None if mark is None else {"verdict": mark["verdict"], "note": mark["note"]}
        row.pop("key", None)
    return rows
