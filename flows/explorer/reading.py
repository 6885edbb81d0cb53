"""One document as it was read: what is known of it, its elements in order, and what was dropped and why."""

from __future__ import annotations

from typing import Any

from fastapi import HTTPException

from flows.explorer.rows import read_rows
from flows.explorer.sight import Sight

#: Elements of one answer.
ELEMENTS = 200
_COLUMNS = (
    *("position", "kind", "level", "text", "section", "section_path", "figure", "caption_of", "image_id"),
    *("image_url", "alt", "boilerplate", "boilerplate_score", "language", "direction", "code_language"),
    *("cells", "page"),
)
_TABLE_ROWS = 200
_LETTERS = 20_000
_REJECTIONS = 500


def document_row(sight: Sight, doc_id: str) -> dict[str, Any]:
    """Return the catalogue's row of a document.

    Raises:
        HTTPException: 404, if there is none.
    """
    rows = sight.ask("select * from catalogue.documents where doc_id = $doc_id", {"doc_id": doc_id})
    if not rows:
        raise HTTPException(404, f"There is no document {doc_id} in this build.")
    return rows[0]


def about(sight: Sight, doc_id: str) -> dict[str, Any]:
    """Return what is known of a document: its row, why it or parts of it were dropped, its neighbours."""
    row = document_row(sight, doc_id)
    found = {name: value for name, value in row.items() if name not in ("folded", "ranges")}
    found["rejections"] = sight.ask(
        "select stage, unit, unit_id, rule, value, threshold, detail, position from catalogue.rejections "
        "where doc_id = $doc_id and unit in ('document', 'element') "
        "order by unit, number limit $limit",
        {"doc_id": doc_id, "limit": _REJECTIONS},
    )
    found["sets"] = sight.ask(
        "select kind, count(*) as count from catalogue.groups where doc_id = $doc_id "
        "group by kind order by kind",
        {"doc_id": doc_id},
    )
    beside = sight.ask(
        "select number, doc_id, name from catalogue.documents where number in ($before, $after) "
        "order by number",
        {"before": row["number"] - 1, "after": row["number"] + 1},
    )
    found["before"] = next((other for other in beside if other["number"] < row["number"]), None)
    found["after"] = next((other for other in beside if other["number"] > row["number"]), None)
    found["cluster"] = _cluster(sight, doc_id)
    return found


def elements(sight: Sight, doc_id: str, start: int, limit: int = ELEMENTS) -> dict[str, Any]:
    """Return some elements of a document in reading order, images with what became of them.

    Args:
        sight: what is looked at.
        doc_id: the document.
        start: how many elements come before.
        limit: the most that are given.
    """
    ranges = document_row(sight, doc_id)["ranges"]
    rows: list[dict[str, Any]] = []
    skipped, total = start, sum(part["stop"] - part["first"] for part in ranges)
    for part in ranges:
        size = part["stop"] - part["first"]
        if skipped < size and len(rows) < limit:
            first = part["first"] + skipped
            stop = min(part["stop"], first + limit - len(rows))
            rows += read_rows(sight.element_files[part["file"]], first, stop, _COLUMNS).to_pylist()
        skipped = max(0, skipped - size)
    states = _states(sight, rows)
    for row in rows:
        _shorten(row)
        if row["kind"] == "image":
            row["image"] = states.get(row["position"])
    following = start + len(rows)
    return {"rows": rows, "total": total, "next": following if following < total else None}


def outline(sight: Sight, doc_id: str) -> list[dict[str, Any]]:
    """Return the headings of a document: position, level, text."""
    found = []
    number = 0
    for part in document_row(sight, doc_id)["ranges"]:
        url = sight.element_files[part["file"]]
        kinds = read_rows(
            url, part["first"], part["stop"], ("position", "kind", "level", "text", "boilerplate")
        )
        for row in kinds.to_pylist():
            if row["kind"] == "heading" and not row["boilerplate"]:
                said = " ".join((row["text"] or "").split())[:120]
                place = {"position": row["position"], "level": row["level"] or 1, "number": number}
                found.append({**place, "text": said})
            number += 1
    return found[:1000]


def _states(sight: Sight, rows: list[dict[str, Any]]) -> dict[int, dict[str, Any]]:
    """Return what became of each image, by position: kept, dropped (by which rule and value) or missing."""
    images = [row for row in rows if row["kind"] == "image"]
    if not images:
        return {}
    ids = sorted({row["image_id"] for row in images if row["image_id"]})
    urls = sorted({row["image_url"] for row in images if row["image_url"]})
    known = {
        row["image_id"]: row
        for row in sight.ask(
            "select image_id, mime, width, height, size, documents from catalogue.images "
            "where image_id in (select unnest($ids::VARCHAR[]))",
            {"ids": ids},
        )
    }
    dropped = {
        row["unit_id"]: row
        for row in sight.ask(
            "select unit_id, stage, rule, value, threshold, detail from catalogue.rejections "
            "where unit in ('image', 'image_url') and unit_id in (select unnest($ids::VARCHAR[]))",
            {"ids": [*ids, *urls]},
        )
    }
    found = {}
    for row in images:
        reason = dropped.get(row["image_id"]) or dropped.get(row["image_url"])
        stored = known.get(row["image_id"])
        state = "missing" if stored is None else "dropped" if row["image_id"] in dropped else "kept"
        found[row["position"]] = {
            "state": state,
            "reason": reason if state != "kept" else None,
            **(stored or {}),
        }
    return found


def _shorten(row: dict[str, Any]) -> None:
    """Cut what no page can show; the page says that it was cut."""
    text = row["text"] or ""
    row["cut"] = len(text) > _LETTERS or len(row.get("cells") or ()) > _TABLE_ROWS
    row["text"] = text[:_LETTERS]
    if row.get("cells"):
        row["cells"] = row["cells"][:_TABLE_ROWS]


def _cluster(sight: Sight, doc_id: str) -> dict[str, Any] | None:
    if not sight.mapped:
        return None
    rows = sight.ask(
        "select c.cluster, n.name from map.document_clusters c "
        "join map.clusters n on n.map = 'documents' and n.cluster = c.cluster where c.doc_id = $doc_id",
        {"doc_id": doc_id},
    )
    return rows[0] if rows else None
