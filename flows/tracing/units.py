"""One document, or one image, of a build."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING

import pyarrow.compute as pc

from flows.tracing.facts import DocumentFacts, ImageFacts, Listed, Row
from storage import tables
from storage.builds import list_builds
from storage.compare_and_swap import read_state
from storage.comparing.rows import rows_of
from storage.errors import LooseleafError
from storage.filesystem import join
from storage.tags import FOLDER, is_vacuumed

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

_SHORTEST = 6
_ID = re.compile(r"[0-9a-f]+")


def find_unit(connection: DuckDBPyConnection, name: str) -> tuple[str, str]:
    """Return what a person means, `document` or `image`, and its id.

    Args:
        connection: to a build.
        name: an id, the first six or more digits of it, the address of a document or of an image, or the
            path of a document within its source.

    Raises:
        LooseleafError: if the build has nothing of that name, or several.
    """
    begins = name if len(name) >= _SHORTEST and _ID.fullmatch(name) else "\0"
    found = rows_of(
        connection,
        """
        SELECT 'document' AS unit, doc_id AS id FROM documents
        WHERE doc_id = $name OR uri = $name OR path = $name OR starts_with(doc_id, $begins)
        UNION SELECT 'image', image_id FROM images WHERE image_id = $name OR starts_with(image_id, $begins)
        UNION SELECT 'image', image_id FROM elements WHERE image_url = $name AND image_id IS NOT NULL
        LIMIT 3
        """,
        {"name": name, "begins": begins},
    )
    if not found:
        raise LooseleafError(
            f"There is neither a document nor an image {name!r} in this build: give an id or an address, as "
            "the tables `documents` and `images` have them."
        )
    if len(found) > 1:
        several = ", ".join(f"{row['unit']} {row['id']}" for row in found)
        raise LooseleafError(f"{name!r} means several things ({several}): give more of the id.")
    return found[0]["unit"], found[0]["id"]


def trace_document(connection: DuckDBPyConnection, dataset: str, doc_id: str) -> DocumentFacts:
    """Return what a build knows of a document."""
    one = {"id": doc_id}
    (row,) = rows_of(connection, "SELECT * FROM documents WHERE doc_id = $id", one)
    return DocumentFacts(
        row=row,
        rejected_by=_rejections(connection, "document", doc_id),
        elements=_by_kind(connection, "elements", doc_id),
        groups=_by_kind(connection, "groups", doc_id),
        builds=_holding(dataset, "documents", "doc_id", doc_id),
    )


def trace_image(connection: DuckDBPyConnection, dataset: str, image_id: str, limit: int) -> ImageFacts:
    """Return what a build knows of an image; its bytes stay where they are."""
    one = {"id": image_id}
    (row,) = rows_of(
        connection,
        "SELECT images.* EXCLUDE (bytes, raster), license, copyright, rights_from "
        "FROM images LEFT JOIN image_stats USING (image_id) WHERE image_id = $id",
        one,
    )
    (total,) = connection.execute("SELECT count(*) FROM elements WHERE image_id = $id", one).fetchall()[0]
    places = rows_of(
        connection,
        "SELECT doc_id, uri, title, source, position, section_path, image_url, alt "
        "FROM elements JOIN documents USING (doc_id) WHERE image_id = $id "
        "ORDER BY uri, position LIMIT $limit",
        {**one, "limit": limit},
    )
    tries = rows_of(
        connection,
        "SELECT image_url, outcome, reason, status, attempt, round, tried_at FROM image_fetches "
        "WHERE image_id = $id ORDER BY image_url, round, attempt LIMIT $limit",
        {**one, "limit": limit},
    )
    return ImageFacts(
        row=row,
        rejected_by=_rejections(connection, "image", image_id),
        places=Listed(int(total), places),
        tries=tries,
        builds=_holding(dataset, "images", "image_id", image_id),
    )


def _rejections(connection: DuckDBPyConnection, unit: str, unit_id: str) -> tuple[Row, ...]:
    sql = (
        "SELECT stage, rule, value, threshold, detail FROM rejections "
        "WHERE unit = $unit AND unit_id = $id ORDER BY stage, rule"
    )
    return rows_of(connection, sql, {"unit": unit, "id": unit_id})


def _by_kind(connection: DuckDBPyConnection, table: str, doc_id: str) -> Mapping[str, int]:
    sql = f"SELECT kind, count(*) AS count FROM {table} WHERE doc_id = $id GROUP BY kind ORDER BY kind"  # noqa: S608
    return {row["kind"]: row["count"] for row in rows_of(connection, sql, {"id": doc_id})}


def _holding(dataset: str, table: str, key: str, value: str) -> tuple[str, ...]:
    """Return the ids of the builds that hold a row, oldest first; a version is looked at once."""
    state = read_state(join(dataset, FOLDER))
    known: dict[int, bool] = {}
    found = []
    for build in list_builds(dataset):
        version = build.tables.get(table)
        if version is None or is_vacuumed(state, build):
            continue
        if version not in known:
            rows = tables.arrow_dataset(dataset, table, version).count_rows(filter=pc.field(key) == value)
            known[version] = rows > 0
        if known[version]:
            found.append(build.build_id)
    return tuple(found)
