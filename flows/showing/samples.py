"""A few rows of what a flow has made, as tables for Prefect's pages."""

from __future__ import annotations

from typing import Any

from prefect import get_run_logger

from flows.report.subject import ask
from flows.showing.board import show_table
from storage.builds import Build
from storage.errors import LooseleafError
from storage.queries import connect

_ROWS = 10

# All sources mix; among equals a hash decides, so that the same build shows the same documents.
_DOCUMENTS = """
    with ranked as (
        select *, row_number() over (partition by source order by kept_images > 0 desc, md5(doc_id)) as turn
        from documents_with_counts where kept
    )
    select source, title, uri, language, n_words as words, kept_images as images, missing_images as missing,
        groups,
        (
            select left(e.text, 240) from elements e
            where e.doc_id = ranked.doc_id and e.kind = 'text' and not coalesce(e.boilerplate, false)
            order by e.position limit 1
        ) as "first text"
    from ranked order by turn, source limit $limit
"""

# The hardest negative of an anchor, one anchor a document, all directions in turn.
_NEGATIVES = """
    with hardest as (
        select *,
            row_number() over (partition by modality, doc_id order by md5(doc_id || position::text)) as anchor
        from negatives where rank = 0
    ), ranked as (
        select *, row_number() over (partition by modality order by md5(doc_id)) as turn
        from hardest where anchor = 1
    )
    select r.modality, r.score as cosine, d.title as document,
        left(coalesce(a.text, a.alt, a.image_url), 160) as anchor,
        e.title as "negative's document", left(coalesce(b.text, b.alt, b.image_url), 160) as negative
    from ranked r
    join elements a on a.doc_id = r.doc_id and a.position = r.position
    join elements b on b.doc_id = r.negative_doc_id and b.position = r.negative_position
    join documents d on d.doc_id = r.doc_id join documents e on e.doc_id = r.negative_doc_id
    order by turn, r.modality limit $limit
"""


def show_build(dataset: str, build: Build) -> None:
    """Show how many rows a build has, and some of its documents or, of one that was mined, negatives."""
    counts = [{"table": table, "rows": rows} for table, rows in sorted(build.counts.items())]
    show_table("counts", counts, f"Rows of each table of {dataset}, build {build.build_id}")
    try:
        if build.stage == "mine":
            show_table("samples", negatives(dataset, build), "Some negatives: the hardest of their anchors")
        else:
            show_table("samples", documents(dataset, build), "Some of the documents that were kept")
    except LooseleafError as error:
        # What was built is there: that it cannot be looked at now is no reason to fail.
        get_run_logger().warning("No samples are shown: %s", error)


def documents(dataset: str, build: Build) -> list[dict[str, Any]]:
    """Return some kept documents of all sources."""
    with connect(dataset, build.build_id) as sql:
        return ask(sql, _DOCUMENTS, {"limit": _ROWS})


def negatives(dataset: str, build: Build) -> list[dict[str, Any]]:
    """Return some mined negatives of all directions."""
    with connect(dataset, build.build_id) as sql:
        return ask(sql, _NEGATIVES, {"limit": _ROWS})
