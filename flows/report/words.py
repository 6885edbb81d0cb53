"""Pictures with the words that were read in them, each in its box."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from flows.report.subject import ask
from flows.report.thumbnails import LARGE, thumbnails

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

_PICTURES = 12
_SIDE = 2 * LARGE

# Of each source in turn the picture with the most different words, so that all kinds show.
_CHOSEN = """
    with holders as (
        select image_id, min(source) as source
        from elements join documents using (doc_id) where image_id is not null group by 1
    ), counted as (
        select image_id, source, count(distinct text) as words
        from image_words join kept_images using (image_id) join holders using (image_id) group by all
    ), ranked as (
        select *, row_number() over (
            partition by source order by words between 6 and 60 desc, words desc, image_id
        ) as turn
        from counted
    )
    select image_id, source from ranked order by turn, source limit $limit
"""
_BOXES = """
    select w.image_id, i.width as picture_width, i.height as picture_height,
        w.text, w.confidence, w.left, w.top, w.width, w.height
    from image_words w join images i using (image_id)
    where image_id in (select unnest($ids)) order by image_id, index
"""
_SUM = """
    select engine, engine_version, count(distinct image_id) as images, count(*) as words
    from image_words group by all
"""


@dataclass(frozen=True)
class Box:
    """A word and its box in hundredths of the picture's width and height."""

    text: str
    confidence: float  # 0 to 100
    left: float
    top: float
    width: float
    height: float


@dataclass(frozen=True)
class Labelled:
    """A picture as a data URI, its source, and its words."""

    uri: str
    source: str
    boxes: list[Box]


@dataclass(frozen=True)
class Words:
    """The section: which engine read how many words in how many images, and some pictures."""

    engine: str
    images: int
    words: int
    pictures: list[Labelled]


def gather_words(sql: DuckDBPyConnection) -> Words | None:
    """Choose pictures of all sources in which something was read; None if nothing was."""
    sums = ask(sql, _SUM)
    if not sums:
        return None
    chosen = ask(sql, _CHOSEN, {"limit": _PICTURES})
    ids = [row["image_id"] for row in chosen]
    drawn = thumbnails(sql, ids, _SIDE)
    boxes: dict[str, list[Box]] = {}
    for row in ask(sql, _BOXES, {"ids": ids}):
        boxes.setdefault(row["image_id"], []).append(_box(row))
    return Words(
        engine=", ".join(f"{row['engine']} {row['engine_version']}" for row in sums),
        images=sum(row["images"] for row in sums),
        words=sum(row["words"] for row in sums),
        pictures=[
            Labelled(drawn[row["image_id"]], row["source"], boxes[row["image_id"]])
            for row in chosen
            if row["image_id"] in drawn
        ],
    )


def _box(row: dict[str, Any]) -> Box:
    across, down = 100.0 / row["picture_width"], 100.0 / row["picture_height"]
    return Box(
        row["text"],
        row["confidence"],
        row["left"] * across,
        row["top"] * down,
        row["width"] * across,
        row["height"] * down,
    )
