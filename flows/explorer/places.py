"""What stands at some places of documents, short."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from flows.explorer.rows import read_rows
from flows.explorer.sight import Sight

Place = tuple[str, int]

_COLUMNS = ("position", "kind", "text", "alt", "image_id", "section_path", "page", "caption_of")
_LETTERS = 400


def described(sight: Sight, places: Iterable[Place]) -> dict[Place, dict[str, Any]]:
    """Return for each place its document's name, its kind, section, page, text and picture.

    Each document's rows are read once. A place that is not in this build has no text and no picture.
    """
    wanted: dict[str, set[int]] = {}
    for doc_id, position in places:
        wanted.setdefault(doc_id, set()).add(position)
    documents = sight.ask(
        "select doc_id, name, source, ranges from catalogue.documents "
        "where doc_id in (select unnest($ids::VARCHAR[]))",
        {"ids": sorted(wanted)},
    )
    found: dict[Place, dict[str, Any]] = {
        (doc_id, position): {"doc_id": doc_id, "position": position, "text": "", "image_id": None}
        for doc_id, positions in wanted.items()
        for position in positions
    }
    for document in documents:
        doc_id, positions = document["doc_id"], wanted[document["doc_id"]]
        captions: dict[int, list[str]] = {}
        for part in document["ranges"]:
            url = sight.element_files[part["file"]]
            for row in read_rows(url, part["first"], part["stop"], _COLUMNS).to_pylist():
                if row["caption_of"] in positions and row["kind"] != "image":
                    captions.setdefault(row["caption_of"], []).append(row["text"] or "")
                if row["position"] in positions:
                    found[doc_id, row["position"]] |= _short(row)
        for position in positions:
            about = {"name": document["name"], "source": document["source"]}
            caption = " ".join(captions.get(position, []))[:_LETTERS] or None
            found[doc_id, position] |= about | {"caption": caption}
    return found


def _short(row: dict[str, Any]) -> dict[str, Any]:
    return {
        "kind": row["kind"],
        "text": " ".join((row["text"] or row["alt"] or "").split())[:_LETTERS],
        "image_id": row["image_id"],
        "section": " › ".join(row["section_path"] or ()),
        "page": row["page"],
    }
