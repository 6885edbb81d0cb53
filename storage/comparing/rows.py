"""Compares the rows of one table by its key, in the database: only keys of rows that differ are kept."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from storage.schemas import SCHEMAS

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

Row = dict[str, Any]

#: What tells one row of a table from another.
KEYS: dict[str, tuple[str, ...]] = {
    "documents": ("doc_id",),
    "elements": ("doc_id", "position"),
    "images": ("image_id",),
    "document_stats": ("doc_id",),
    "element_stats": ("doc_id", "position"),
    "image_stats": ("image_id",),
    "image_words": ("image_id", "index"),
    "image_fetches": ("image_url", "round", "attempt", "outcome"),
    "rejections": ("stage", "unit", "rule", "unit_id"),
    "groups": ("kind", "group_id"),
    "links": ("doc_id", "image", "text"),
    "embeddings": ("modality", "encoder", "encoder_version", "image_id", "doc_id", "position"),
    "negatives": ("modality", "group_id", "position", "negative_group_id", "negative_position"),
    "marks": ("mark_id",),
}

#: What says nothing of the content: times, and the bytes whose hash is the key.
_IGNORED: dict[str, tuple[str, ...]] = {
    "documents": ("fetched_at",),
    "images": ("bytes", "raster"),
    "image_fetches": ("tried_at", "next_try_at"),
    "negatives": ("score", "false_probability"),
}


@dataclass(frozen=True)
class Changes:
    """How many came, went, and are other than they were."""

    added: int = 0
    removed: int = 0
    changed: int = 0


@dataclass(frozen=True)
class Listed:
    """Some of `total` rows."""

    total: int
    listed: tuple[Row, ...]


@dataclass(frozen=True)
class TableChanges:
    """The keys of one table that came, went, or whose rows became others, with the columns that did."""

    table: str
    added: Listed
    removed: Listed
    changed: Listed


def find_changes(connection: DuckDBPyConnection, table: str) -> None:
    """Make the table `<table>_changes`: each key whose rows differ, its `status`, and the `columns` that do.

    Keys may have several rows, or null in them. What differs is found by sums of hashes.
    """
    key = ", ".join(f'"{name}"' for name in KEYS[table])
    left = [name for name in SCHEMAS[table].names if name not in (*KEYS[table], *_IGNORED.get(table, ()))]
    hashes = ", ".join(f'sum(side * hash("{name}")::HUGEINT) AS "{name}"' for name in left)
    names = ", ".join(f"CASE WHEN \"{name}\" <> 0 THEN '{name}' END" for name in left)
    connection.execute(
        f"""
        CREATE TEMP TABLE {table}_changes AS
        WITH sides AS (
            SELECT *, -1 AS side FROM only_a.{table} UNION ALL SELECT *, 1 FROM only_b.{table}
        ), sums AS (
            SELECT {key}, count(*) FILTER (side < 0) AS rows_a, count(*) FILTER (side > 0) AS rows_b
                {", " + hashes if hashes else ""}
            FROM sides GROUP BY {key}
        ), told AS (
            SELECT {key}, rows_a, rows_b,
                list_filter([{names}]::VARCHAR[], lambda name: name IS NOT NULL) AS columns
            FROM sums
        )
        SELECT {key}, columns,
            CASE WHEN rows_a = 0 THEN 'added' WHEN rows_b = 0 THEN 'removed' ELSE 'changed' END AS status
        FROM told WHERE rows_a <> rows_b OR len(columns) > 0
        """  # noqa: S608 (our own names, quoted)
    )


def compare_table(connection: DuckDBPyConnection, table: str, limit: int) -> TableChanges:
    """Return the keys that differ between both builds, at most `limit` of each sort."""
    find_changes(connection, table)
    key = ", ".join(f'"{name}"' for name in KEYS[table])
    counts = dict(
        connection.execute(f"SELECT status, count(*) FROM {table}_changes GROUP BY status").fetchall()  # noqa: S608
    )

    def listed(status: str, columns: str) -> Listed:
        sql = f"SELECT {key}{columns} FROM {table}_changes WHERE status = $status ORDER BY {key} LIMIT $limit"  # noqa: S608
        return Listed(counts.get(status, 0), rows_of(connection, sql, {"status": status, "limit": limit}))

    return TableChanges(table, listed("added", ""), listed("removed", ""), listed("changed", ", columns"))


def rows_of(
    connection: DuckDBPyConnection, sql: str, values: dict[str, Any] | None = None
) -> tuple[Row, ...]:
    """Return the rows of a query by the names of their columns; `values` are for its `$names`."""
    answer = connection.execute(sql, dict(values or {}))
    names = [column[0] for column in answer.description or ()]
    return tuple(dict(zip(names, row, strict=True)) for row in answer.fetchall())


def changes_by(connection: DuckDBPyConnection, table: str, column: str) -> dict[str, Changes]:
    """Return how many keys of `<table>_changes` came, went and are others, for each value of a column."""
    rows = connection.execute(
        f"""
        SELECT "{column}", count(*) FILTER (status = 'added'), count(*) FILTER (status = 'removed'),
            count(*) FILTER (status = 'changed')
        FROM {table}_changes GROUP BY ALL ORDER BY ALL
        """  # noqa: S608
    ).fetchall()
    return {str(value): Changes(*counts) for value, *counts in rows}


def in_all(changes: Sequence[Changes]) -> Changes:
    """Return the sum of changes."""
    return Changes(
        sum(one.added for one in changes),
        sum(one.removed for one in changes),
        sum(one.changed for one in changes),
    )
