"""Some kept documents in reading order, their images in place and, of a run, each image's strongest texts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from flows.report.accounts import short_address
from flows.report.blocks import Block, Picture, blocks_of
from flows.report.links import Link, strongest_links
from flows.report.space import HELD_OUT, Space
from flows.report.subject import ask
from flows.report.thumbnails import LARGE, thumbnails

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

_DOCUMENTS = 12
_ELEMENTS = 160  # of one document; the rest is counted
_PICTURES = 24

# Several images, and short enough to be read on a page; among equals a hash decides, so that all sources mix.
_CHOSEN = """
    with ranked as (
        select doc_id, row_number() over (
            partition by source
            order by doc_id in (select unnest($held_out)) desc,
                kept_images between 3 and 12 and n_elements <= 120 desc,
                kept_images >= 2 desc, kept_images >= 1 desc, md5(doc_id)
        ) as turn, source
        from documents_with_counts where kept
    )
    select doc_id from ranked order by turn, source limit $limit
"""

_ABOUT = """
    select source, title, path, language, license, n_words, n_elements, kept_images
    from documents_with_counts where doc_id = $doc_id
"""

_ELEMENT_ROWS = """
    with dropped as (
        select unit, unit_id, arg_min(rule, rule) as rule, arg_min(detail, rule) as detail
        from rejections where unit in ('image', 'image_url') group by all
    )
    select e.position, e.kind, e.level, e.text, e.cells, e.figure, e.caption_of, e.boilerplate,
        e.alt, e.image_id, e.image_url,
        coalesce(e.image_id in (select image_id from kept_images), false) as kept,
        coalesce(a.rule, u.rule) as rule, coalesce(a.detail, u.detail) as detail
    from elements e
    left join dropped a on a.unit = 'image' and a.unit_id = e.image_id
    left join dropped u on u.unit = 'image_url' and u.unit_id = e.image_url
    where e.doc_id = $doc_id order by e.position limit $limit
"""


@dataclass(frozen=True)
class Leaf:
    """One document of the section."""

    anchor: str  # prefix of its elements' ids on the page
    source: str
    title: str
    path: str
    language: str | None
    license: str | None
    words: int
    images: int  # kept
    split: str | None  # train, valid or test; None without a run, or when it was not packed
    blocks: list[Block]
    unseen: int  # elements that are left out


def gather_documents(sql: DuckDBPyConnection, space: Space | None) -> list[Leaf]:
    """Choose documents of all sources and lay them out; those that training never saw come first."""
    held_out = [doc for doc, split in space.split_of.items() if split in HELD_OUT] if space else []
    chosen = ask(sql, _CHOSEN, {"held_out": held_out, "limit": _DOCUMENTS})
    return [_leaf(sql, space, row["doc_id"], f"d{index}") for index, row in enumerate(chosen)]


def _leaf(sql: DuckDBPyConnection, space: Space | None, doc_id: str, anchor: str) -> Leaf:
    about = ask(sql, _ABOUT, {"doc_id": doc_id})[0]
    elements = ask(sql, _ELEMENT_ROWS, {"doc_id": doc_id, "limit": _ELEMENTS})
    stored = [row["image_id"] for row in elements if row["kind"] == "image" and row["image_id"]][:_PICTURES]
    drawn = thumbnails(sql, stored, LARGE)
    links = strongest_links(space, doc_id) if space else {}
    pictures = {
        row["position"]: _picture(row, drawn, links.get(row["position"], []))
        for row in elements
        if row["kind"] == "image"
    }
    return Leaf(
        anchor=anchor,
        source=about["source"],
        title=about["title"] or about["path"],
        path=about["path"],
        language=about["language"],
        license=about["license"],
        words=about["n_words"],
        images=about["kept_images"],
        split=space.split_of.get(doc_id) if space else None,
        blocks=blocks_of(elements, pictures),
        unseen=max(0, about["n_elements"] - len(elements)),
    )


def _picture(row: dict[str, Any], drawn: dict[str, str], links: list[Link]) -> Picture:
    state = "missing" if row["image_id"] is None else "kept" if row["kept"] else "rejected"
    reason = "" if state == "kept" else (row["rule"] or "").replace("_", " ")
    return Picture(
        position=row["position"],
        state=state,
        uri=drawn.get(row["image_id"]),
        name=short_address(row["image_url"] or "", parts=1),
        alt=row["alt"] or "",
        reason=reason,
        detail=(row["detail"] or "") if reason else "",
        links=links,
    )
