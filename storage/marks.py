"""Marks: what a person said of a mined pair, one row each; the newest of a pair counts."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any, Literal

from storage import tables
from storage.schemas import table_of

FALSE, TRUE, WITHDRAWN = "false_negative", "true_negative", "withdrawn"
Verdict = Literal["false_negative", "true_negative", "withdrawn"]

_TABLE = "marks"


@dataclass(frozen=True)
class Pair:
    """Two places that were mined as strangers; which one was the anchor does not matter."""

    doc_id: str
    position: int
    negative_doc_id: str
    negative_position: int


def add_mark(dataset: str, pair: Pair, verdict: Verdict, note: str | None = None) -> str:
    """Write a mark; it counts from the next mining on. Return its id.

    Args:
        dataset: path or URL.
        pair: what is marked.
        verdict: `false_negative` keeps the pair out of the negatives, `true_negative` lets it in whatever
            other guards than `same_document` say, `withdrawn` takes an earlier mark back.
        note: why, in the person's words.

    Raises:
        LooseleafError: if other writers came first again and again.
    """
    mark_id = uuid.uuid4().hex
    row = {"mark_id": mark_id, "verdict": verdict, "note": note, "marked_at": datetime.now(UTC)}
    # A prefix of its own: a commit takes the files of its prefix away that it does not name.
    prefix = f"mark-{mark_id}"
    part = tables.write_part(dataset, _TABLE, f"{prefix}-0", table_of(_TABLE, [asdict(pair) | row]))
    tables.commit(dataset, _TABLE, prefix, [part], app_id=prefix)
    return mark_id


def read_marks(dataset: str) -> list[dict[str, Any]]:
    """Return the mark that counts of each pair, newest first; those that were withdrawn are left out."""
    rows = newest_of_pairs(tables.read(dataset, _TABLE).to_pylist())
    standing = [row for row in rows if row["verdict"] != WITHDRAWN]
    return sorted(standing, key=_age, reverse=True)


def newest_of_pairs(rows: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the newest row of each pair, whichever way round it is named."""
    newest: dict[frozenset[tuple[str, int]], dict[str, Any]] = {}
    for row in sorted(rows, key=_age):
        ends = ((row["doc_id"], row["position"]), (row["negative_doc_id"], row["negative_position"]))
        newest[frozenset(ends)] = row
    return list(newest.values())


def _age(row: dict[str, Any]) -> tuple[datetime, str]:
    return row["marked_at"], row["mark_id"]
