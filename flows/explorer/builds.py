"""What differs between two builds of a dataset: documents that were added, removed or changed."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Any

from flows.explorer.catalogue import ensure_catalogue
from flows.explorer.paging import from_cursor, to_cursor
from flows.explorer.sight import Sight
from flows.explorer.snapshot import take_snapshot

#: A document of both builds has changed when one of these has.
_DIFFER = " or ".join(
    f"a.{name} is distinct from b.{name}"
    for name in (
        "content_hash",
        "text_hash",
        "n_elements",
        "kept_images",
        "kept",
        "groups",
        "language",
        "title",
    )
)
_CHANGES = f"""
select coalesce(b.doc_id, a.doc_id) as doc_id, coalesce(b.name, a.name) as name,
    coalesce(b.source, a.source) as source, coalesce(b.path, a.path) as path,
    case when a.doc_id is null then 'added' when b.doc_id is null then 'removed' else 'changed' end as change,
    a.n_words as words_before, b.n_words as words_after, a.kept_images as images_before,
    b.kept_images as images_after, a.kept as kept_before, b.kept as kept_after
from old.documents a full join new.documents b on a.doc_id = b.doc_id
where a.doc_id is null or b.doc_id is null or {_DIFFER}
"""  # noqa: S608 (our own words)
_COUNTED = ("documents", "images", "rejections", "groups")


def compare_builds(sight: Sight, first: str, second: str) -> dict[str, Any]:
    """Return how many documents were added, removed and changed, and how much of everything each build has.

    Raises:
        LooseleafError: if the dataset has no such build.
    """
    connection = _pair(*_paths(sight, first, second)).cursor()
    changes = dict(
        connection.execute(f"select change, count(*) from ({_CHANGES}) group by change").fetchall()  # noqa: S608
    )
    counts = {
        name: [
            connection.execute(f"select count(*) from {side}.{name}").fetchall()[0][0]  # noqa: S608
            for side in ("old", "new")
        ]
        for name in _COUNTED
    }
    rules = connection.execute(
        "select unit, rule, count(*) filter (side = 'old'), count(*) filter (side = 'new') from "
        "(select unit, rule, 'old' as side from old.rejections "
        "union all select unit, rule, 'new' from new.rejections) group by unit, rule order by unit, rule"
    ).fetchall()
    return {
        "changes": {name: changes.get(name, 0) for name in ("added", "removed", "changed")},
        "counts": counts,
        "rules": [
            {"unit": unit, "rule": rule, "before": before, "after": after}
            for unit, rule, before, after in rules
            if before != after
        ],
    }


def list_changes(
    sight: Sight, first: str, second: str, change: str | None, *, cursor: str | None, limit: int
) -> dict[str, Any]:
    """Return a page of the documents that differ, by their id."""
    values = {"change": change, "limit": limit + 1}
    values["after"] = from_cursor(cursor, (str,))[0] if cursor is not None else ""
    answer = (
        _pair(*_paths(sight, first, second))
        .cursor()
        .execute(
            f"select * from ({_CHANGES}) where doc_id > $after and ($change is null or change = $change) "  # noqa: S608
            "order by doc_id limit $limit",
            values,
        )
    )
    names = [column[0] for column in answer.description or ()]
    rows = [dict(zip(names, row, strict=True)) for row in answer.fetchall()]
    following = to_cursor(rows[limit - 1]["doc_id"]) if len(rows) > limit else None
    return {"rows": rows[:limit], "next": following}


def _paths(sight: Sight, first: str, second: str) -> tuple[Path, Path]:
    dataset = sight.snapshot.dataset
    one, other = (ensure_catalogue(take_snapshot(dataset, build_id)) for build_id in (first, second))
    return one, other


@lru_cache(maxsize=4)
def _pair(first: Path, second: Path) -> Any:
    """Return a connection with two catalogues side by side."""
    import duckdb  # noqa: PLC0415 (heavy)

    connection = duckdb.connect(":memory:")
    connection.execute("SET memory_limit = '256MB'")
    attached: dict[Path, str] = {}
    for side, path in (("old", first), ("new", second)):
        if path not in attached:  # one file cannot be attached twice
            attached[path] = f"from_{side}"
            quoted = str(path).replace("'", "''")
            connection.execute(f"ATTACH '{quoted}' AS from_{side} (READ_ONLY)")
        connection.execute(f"CREATE SCHEMA {side}")
        for table in _COUNTED:
            connection.execute(f"CREATE VIEW {side}.{table} AS SELECT * FROM {attached[path]}.{table}")  # noqa: S608
    return connection
