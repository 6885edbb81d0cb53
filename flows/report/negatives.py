"""Mined negatives: what looks like a match, is none, and passed every guard."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from flows.report.links import shortened
from flows.report.subject import ask
from flows.report.thumbnails import SMALL, thumbnails

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

_EXAMPLES = 3  # of each direction, drawn
_AUDITED = 3  # of each direction, the likeliest to be false
#: Probability from which a negative that passed every guard is suspected all the same, as in `views.sql`.
_SUSPECTED = 0.2

_DIRECTIONS = "select * from negative_accounts order by modality"

_REFUSED = """
    select unit_id as modality, rule, value from rejections where unit = 'negative' order by modality, rule
"""

# The hardest of an anchor; one anchor a document, and documents drawn by a hash rather than the extremes.
_EXAMPLE_ROWS = """
    with hardest as (
        select n.*,
            row_number() over (partition by n.doc_id order by md5(n.doc_id || n.position::text)) as turn
        from negatives n where n.modality = $modality and n.rank = 0
    ), chosen as (select * from hardest where turn = 1 order by md5(doc_id) limit $limit)
"""

# One of each pair of documents, the most probable first.
_SUSPECTED_ROWS = """
    with chosen as (
        select n.* from negatives n where n.modality = $modality and n.false_probability >= $suspected
        qualify row_number() over (
            partition by least(n.doc_id, n.negative_doc_id), greatest(n.doc_id, n.negative_doc_id)
            order by n.score desc, n.doc_id, n.position, n.rank
        ) = 1
        order by n.false_probability desc, n.doc_id limit $limit
    )
"""

_BOTH_SIDES = """
    select c.score, c.false_probability, c.encoder, c.guards, a.image_id, a.text, a.image_url, a.alt,
        d.title, d.source, b.image_id as image_id_2, b.text as text_2, b.image_url as image_url_2,
        b.alt as alt_2, e.title as title_2, e.source as source_2
    from chosen c
    join elements a on a.doc_id = c.doc_id and a.position = c.position
    join elements b on b.doc_id = c.negative_doc_id and b.position = c.negative_position
    join documents d on d.doc_id = c.doc_id join documents e on e.doc_id = c.negative_doc_id
    order by coalesce(c.false_probability, 0) desc, c.score desc
"""


@dataclass(frozen=True)
class Side:
    """An anchor or its negative."""

    title: str  # of the document
    source: str
    text: str
    uri: str | None  # of an image


@dataclass(frozen=True)
class Example:
    """A pair that was mined."""

    anchor: Side
    negative: Side
    score: float
    encoder: str
    guards: list[str]
    false: float | None  # probability that both documents are one, to the locked encoders

    @property
    def suspected(self) -> bool:
        """Whether it may be a false negative, although every guard let it pass."""
        return self.false is not None and self.false >= _SUSPECTED


@dataclass(frozen=True)
class Direction:
    """One of the four ways to look."""

    name: str
    negatives: int
    anchors: int
    score: float  # mean cosine
    refused: list[tuple[str, int]]  # guard, pairs that it turned away
    suspected: int  # negatives that may be false ones
    judged: int  # negatives of which the estimate says something
    examples: list[Example]
    audited: list[Example]  # those that are the likeliest to be false


def gather_negatives(sql: DuckDBPyConnection) -> list[Direction]:
    """Return a few examples of each direction; empty before the dataset was mined."""
    refused: dict[str, list[tuple[str, int]]] = {}
    for row in ask(sql, _REFUSED):
        refused.setdefault(row["modality"], []).append(
            (row["rule"].replace("_", " "), int(row["value"] or 0))
        )
    return [
        Direction(
            row["modality"],
            row["negatives"],
            row["anchors"],
            row["score"],
            refused.get(row["modality"], []),
            row["suspected"],
            row["judged"],
            _examples(sql, _EXAMPLE_ROWS, {"modality": row["modality"], "limit": _EXAMPLES}),
            _examples(
                sql,
                _SUSPECTED_ROWS,
                {"modality": row["modality"], "limit": _AUDITED, "suspected": _SUSPECTED},
            ),
        )
        for row in ask(sql, _DIRECTIONS)
    ]


def _examples(sql: DuckDBPyConnection, chosen: str, values: dict[str, Any]) -> list[Example]:
    rows = ask(sql, chosen + _BOTH_SIDES, values)
    ids = [row[name] for row in rows for name in ("image_id", "image_id_2") if row[name]]
    pictures = thumbnails(sql, ids, SMALL)
    return [
        Example(
            _side(row, "", pictures),
            _side(row, "_2", pictures),
            row["score"],
            row["encoder"],
            [guard.replace("_", " ") for guard in row["guards"] or []],
            row["false_probability"],
        )
        for row in rows
    ]


def _side(row: dict[str, Any], mark: str, pictures: dict[str, str]) -> Side:
    image_id = row[f"image_id{mark}"]
    text = row[f"text{mark}"] or row[f"alt{mark}"] or ""
    return Side(row[f"title{mark}"] or "", row[f"source{mark}"], shortened(text, 200), pictures.get(image_id))
