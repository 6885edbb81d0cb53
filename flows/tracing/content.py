"""What is in a build: sources, documents, images."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from flows.tracing.facts import Listed, SourceFacts
from storage.comparing.rows import rows_of

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection


def sources_of(connection: DuckDBPyConnection, recipe: Mapping[str, Any]) -> tuple[SourceFacts, ...]:
    """Return the sources of a recipe with what a build has of each."""
    sql = """
        SELECT source, count(*) AS documents,
            count(*) FILTER (doc_id IN (SELECT doc_id FROM kept_documents)) AS kept,
            coalesce(sum(n_images), 0)::BIGINT AS images
        FROM documents GROUP BY source
    """
    counts = {row.pop("source"): row for row in rows_of(connection, sql)}
    return tuple(
        SourceFacts(
            name=source["name"],
            kind=source["kind"],
            place=source["root"] if "root" in source else ", ".join(source.get("start", ())),
            license=source.get("license"),
            **counts.get(source["name"], {"documents": 0, "kept": 0, "images": 0}),
        )
        for source in recipe.get("sources", ())
    )


def choose_documents(connection: DuckDBPyConnection, only: Mapping[str, Any] | None) -> None:
    """Make the table `chosen` of the documents to list: those kept, or those with the ids that are given.

    Args:
        connection: to a build.
        only: columns by name: `doc_id`, and `split` or `times_seen`, which are listed beside each document.
    """
    if only is None:
        connection.execute("CREATE TEMP TABLE chosen AS SELECT doc_id FROM kept_documents")
        return
    types = {name: pa.int64() if name == "times_seen" else pa.string() for name in only}
    connection.register("wanted", pa.table({name: pa.array(only[name], types[name]) for name in only}))
    connection.execute("CREATE TEMP TABLE chosen AS SELECT * FROM wanted")
    connection.unregister("wanted")


def documents_of(connection: DuckDBPyConnection, limit: int, order: str = "uri") -> Listed:
    """Return the chosen documents, with what else `chosen` has of each."""
    (total,) = connection.execute("SELECT count(*) FROM chosen").fetchall()[0]
    sql = f"""
        SELECT chosen.*, uri, title, source
        FROM chosen LEFT JOIN documents USING (doc_id) ORDER BY {order}, doc_id LIMIT $limit
    """  # noqa: S608 (our own words)
    return Listed(int(total), rows_of(connection, sql, {"limit": limit}))


def images_of(connection: DuckDBPyConnection, limit: int) -> Listed:
    """Return the images of the chosen documents, with the addresses under which they stand there."""
    connection.execute(
        """
        CREATE TEMP TABLE shown AS
        SELECT image_id, list_sort(list(DISTINCT image_url)) AS urls, count(DISTINCT doc_id) AS documents
        FROM elements WHERE kind = 'image' AND image_id IS NOT NULL AND doc_id IN (SELECT doc_id FROM chosen)
        GROUP BY image_id
        """
    )
    (total,) = connection.execute("SELECT count(*) FROM shown").fetchall()[0]
    sql = """
        SELECT image_id, urls, documents, mime, width, height FROM shown LEFT JOIN images USING (image_id)
        ORDER BY urls, image_id LIMIT $limit
    """
    return Listed(int(total), rows_of(connection, sql, {"limit": limit}))
