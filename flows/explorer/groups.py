"""Groups: loose sets of images and texts, each with the prior that the layout gives to every pair."""

from __future__ import annotations

from typing import Any

from fastapi import HTTPException

from flows.explorer.paging import from_cursor, to_cursor
from flows.explorer.places import described
from flows.explorer.rows import read_rows
from flows.explorer.sight import Sight

#: The most images and texts of a matrix that is shown.
_IMAGES, _TEXTS = 40, 80


def kinds(sight: Sight) -> list[dict[str, Any]]:
    """Return how many groups there are of each kind, and how large they are."""
    return sight.ask(
        "select kind, count(*) as count, avg(n_images) as images, avg(n_texts) as texts "
        "from catalogue.groups group by kind order by kind"
    )


def list_groups(
    sight: Sight, kind: str | None, doc_id: str | None, *, cursor: str | None, limit: int
) -> dict[str, Any]:
    """Return a page of groups, the largest matrices first."""
    after = from_cursor(cursor, (int,))[0] if cursor is not None else 0
    rows = sight.ask(
        "select number, group_id, kind, doc_id, source, n_images, n_texts, name, language "
        "from catalogue.groups where number > $after and ($kind is null or kind = $kind) "
        "and ($doc_id is null or doc_id = $doc_id) order by number limit $limit",
        {"after": after, "kind": kind, "doc_id": doc_id, "limit": limit + 1},
    )
    following = to_cursor(rows[limit - 1]["number"]) if len(rows) > limit else None
    return {"rows": rows[:limit], "next": following}


def one_group(sight: Sight, group_id: str) -> dict[str, Any]:
    """Return a group with its members and the prior of each pair, images by texts.

    Raises:
        HTTPException: 404, if there is no such group.
    """
    found = sight.ask("select * from catalogue.groups where group_id = $id limit 1", {"id": group_id})
    if not found:
        raise HTTPException(404, f"There is no group {group_id} in this build.")
    group = found[0]
    url = sight.group_files[group["file"]]
    row = read_rows(url, group["row"], group["row"] + 1, ("images", "texts", "prior")).to_pylist()[0]
    width = len(row["texts"])
    images, texts = row["images"][:_IMAGES], row["texts"][:_TEXTS]
    members = described(sight, [(group["doc_id"], position) for position in (*images, *texts)])
    prior = [row["prior"][index * width : index * width + len(texts)] for index in range(len(images))]
    return {
        **{name: value for name, value in group.items() if name not in ("file", "row", "number")},
        "images": [members[group["doc_id"], position] for position in images],
        "texts": [members[group["doc_id"], position] for position in texts],
        "prior": prior,
    }
