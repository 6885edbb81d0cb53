"""Compares two builds: table by table, in the database."""

from __future__ import annotations

from typing import TYPE_CHECKING

from storage.builds import Build
from storage.comparing.comparison import Comparison, Encoded, Kept, Killed, Rows, Side, Units
from storage.comparing.pair import COMPARED, connect_pair
from storage.comparing.recipes import changed_fields
from storage.comparing.rows import (
    Changes,
    Listed,
    TableChanges,
    changes_by,
    compare_table,
    find_changes,
    rows_of,
)
from storage.errors import LooseleafError
from storage.references import readable_build

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection


def compare_builds(dataset: str, a: str, b: str, limit: int = 20) -> Comparison:
    """Return what is different in build `b` from build `a`.

    Args:
        dataset: path or URL.
        a: see `storage.references.resolve_build`.
        b: the same.
        limit: how many things a list holds at most; totals count all.

    Raises:
        LooseleafError: if there is no such build, or a vacuum has taken its rows.
    """
    of_a, of_b = readable_build(dataset, a), readable_build(dataset, b)
    with connect_pair(dataset, of_a, of_b) as connection:
        for table in ("documents", "images", "groups", "negatives"):
            find_changes(connection, table)
        connection.execute(_ELEMENTS)
        connection.execute(_CHANGED_DOCUMENTS)
        return Comparison(
            dataset=dataset,
            a=_side(of_a),
            b=_side(of_b),
            recipe=changed_fields(of_a.recipe, of_b.recipe),
            counts=_counts(connection, of_a, of_b),
            documents=_documents(connection, limit),
            elements=_elements(connection),
            images=_images(connection, limit),
            rejections=tuple(Killed(**row) for row in rows_of(connection, _KILLED)),
            groups=changes_by(connection, "groups", "kind"),
            embeddings=tuple(Encoded(**row) for row in rows_of(connection, _ENCODED)),
            negatives=changes_by(connection, "negatives", "modality"),
        )


def compare_rows(dataset: str, a: str, b: str, table: str, limit: int = 20) -> TableChanges:
    """Return what is different in one table of build `b` from that of build `a`, row by row.

    Raises:
        LooseleafError: if there is no such table or build, or a vacuum has taken its rows.
    """
    if table not in COMPARED:
        raise LooseleafError(f"There is no table {table!r} to compare: choose one of {', '.join(COMPARED)}.")
    with connect_pair(dataset, readable_build(dataset, a), readable_build(dataset, b)) as connection:
        return compare_table(connection, table, limit)


def _side(build: Build) -> Side:
    return Side(build.build_id, build.stage, build.created_at, build.code_version)


def _counts(connection: DuckDBPyConnection, a: Build, b: Build) -> tuple[Rows, ...]:
    def count(schema: str, table: str, build: Build) -> int:
        if table not in build.tables:
            return 0
        (found,) = connection.execute(f"SELECT count(*) FROM {schema}.{table}").fetchall()[0]  # noqa: S608
        return int(found)

    there = [table for table in COMPARED if table in a.tables or table in b.tables]
    return tuple(Rows(table, count("a", table, a), count("b", table, b)) for table in there)


def _elements(connection: DuckDBPyConnection) -> dict[str, Changes]:
    rows = connection.execute(
        "SELECT kind, sum(added)::BIGINT, sum(removed)::BIGINT, sum(changed)::BIGINT FROM element_changes "
        "GROUP BY kind ORDER BY kind"
    ).fetchall()
    return {kind: Changes(*counts) for kind, *counts in rows}


def _documents(connection: DuckDBPyConnection, limit: int) -> Units:
    def status(name: str, schema: str) -> Listed:
        return _listed(
            connection,
            f"FROM documents_changes JOIN {schema}.documents USING (doc_id) WHERE status = '{name}'",
            "doc_id, uri, title, source",
            limit,
        )

    changed = _listed(
        connection,
        "FROM changed_documents JOIN b.documents USING (doc_id)",
        "doc_id, uri, title, source, columns, added, removed, changed",
        limit,
    )
    return Units(
        kept=_kept(connection, "kept_documents"),
        added=status("added", "b"),
        removed=status("removed", "a"),
        changed=changed,
        newly_rejected=_judged(connection, "document", limit, "a", "b"),
        no_longer_rejected=_judged(connection, "document", limit, "b", "a"),
    )


def _images(connection: DuckDBPyConnection, limit: int) -> Units:
    def status(name: str, schema: str) -> Listed:
        return _listed(
            connection,
            f"FROM images_changes JOIN {schema}.images USING (image_id) WHERE status = '{name}'",
            f"image_id, mime, width, height, size, {_address(schema)}",
            limit,
        )

    return Units(
        kept=_kept(connection, "kept_images"),
        added=status("added", "b"),
        removed=status("removed", "a"),
        changed=status("changed", "b"),
        newly_rejected=_judged(connection, "image", limit, "a", "b"),
        no_longer_rejected=_judged(connection, "image", limit, "b", "a"),
    )


def _address(schema: str) -> str:
    named = f"FROM {schema}.elements WHERE elements.image_id = images.image_id"
    return f"(SELECT min(image_url) {named}) AS image_url"


def _kept(connection: DuckDBPyConnection, view: str) -> Kept:
    sql = f"SELECT (SELECT count(*) FROM a.{view}), (SELECT count(*) FROM b.{view})"  # noqa: S608
    return Kept(*connection.execute(sql).fetchall()[0])


def _judged(connection: DuckDBPyConnection, unit: str, limit: int, before: str, after: str) -> Listed:
    """Return documents or images of both builds that only `after` rejects, with the rules."""
    table, key = ("documents", "doc_id") if unit == "document" else ("images", "image_id")
    told = "uri, title, source" if unit == "document" else f"mime, width, height, {_address('b')}"
    source = f"""
        FROM b.{table}
        JOIN (SELECT unit_id AS {key}, list_sort(list(DISTINCT rule)) AS rules FROM {after}.rejections
              WHERE unit = '{unit}' GROUP BY unit_id) USING ({key})
        WHERE {key} NOT IN (SELECT unit_id FROM {before}.rejections
                            WHERE unit = '{unit}' AND unit_id IS NOT NULL)
        AND {key} IN (SELECT {key} FROM a.{table})
    """  # noqa: S608 (our own names)
    return _listed(connection, source, f"{key}, {told}, rules", limit)


def _listed(connection: DuckDBPyConnection, source: str, columns: str, limit: int) -> Listed:
    (total,) = connection.execute(f"SELECT count(*) {source}").fetchall()[0]
    if not total or not limit:
        return Listed(int(total), ())
    rows = rows_of(connection, f"SELECT {columns} {source} ORDER BY 2, 1 LIMIT $limit", {"limit": limit})
    return Listed(int(total), rows)


#: An element is told by what it says, not by its place: a paragraph on top moves all that come after it.
_ELEMENTS = """
CREATE TEMP TABLE element_changes AS
WITH sides AS (
    SELECT *, -1 AS side FROM only_a.elements UNION ALL SELECT *, 1 FROM only_b.elements
), exact AS (
    SELECT doc_id, kind, hash(text, image_url, cells) AS what,
        hash(level, section_path, image_id, image_candidates, alt, boilerplate, language, direction,
            code_language, page) AS how,
        sum(side) AS more
    FROM sides GROUP BY ALL
), likely AS (
    SELECT doc_id, kind, what, sum(more) AS more, sum(greatest(more, 0)) AS unequal FROM exact GROUP BY ALL
)
SELECT doc_id, kind,
    sum(greatest(more, 0))::BIGINT AS added,
    sum(greatest(-more, 0))::BIGINT AS removed,
    sum(unequal - greatest(more, 0))::BIGINT AS changed
FROM likely GROUP BY ALL HAVING added + removed + changed > 0
"""

#: Documents of both builds with other columns or other elements.
_CHANGED_DOCUMENTS = """
CREATE TEMP TABLE changed_documents AS
WITH of_elements AS (
    SELECT doc_id, sum(added)::BIGINT AS added, sum(removed)::BIGINT AS removed,
        sum(changed)::BIGINT AS changed
    FROM element_changes GROUP BY doc_id
)
SELECT doc_id, coalesce(columns, []) AS columns, coalesce(added, 0) AS added,
    coalesce(removed, 0) AS removed, coalesce(changed, 0) AS changed
FROM documents_changes FULL JOIN of_elements USING (doc_id)
WHERE coalesce(status, 'changed') = 'changed'
"""

_KILLED = """
SELECT stage, unit, rule, count(*) FILTER (side = 'a') AS a, count(*) FILTER (side = 'b') AS b
FROM (SELECT stage, unit, rule, 'a' AS side FROM a.rejections
      UNION ALL SELECT stage, unit, rule, 'b' FROM b.rejections)
GROUP BY ALL HAVING a <> b ORDER BY stage, unit, rule
"""

_ENCODED = """
SELECT modality, concat_ws(' ', encoder, encoder_version) AS encoder,
    count(*) FILTER (side = 'a') AS a, count(*) FILTER (side = 'b') AS b
FROM (SELECT modality, encoder, encoder_version, 'a' AS side FROM a.embeddings
      UNION ALL SELECT modality, encoder, encoder_version, 'b' FROM b.embeddings)
GROUP BY ALL HAVING a <> b ORDER BY ALL
"""
