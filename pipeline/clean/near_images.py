"""Images that look nearly the same: perceptual hashes that differ in few bits."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

import pyarrow as pa

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

_BITS = 64
# Of equal hashes one stands for all: the largest picture, then the least name.
_HASHED = """
    CREATE OR REPLACE TABLE hashed AS
    SELECT unit_id, source, ('0x' || phash)::UBIGINT AS bits,
           row_number() OVER (ORDER BY min_side::BIGINT * max_side DESC, unit_id) AS rank
    FROM image_measures
    WHERE regexp_full_match(phash, '[0-9a-f]{16}')
      AND unit_id NOT IN (SELECT unit_id FROM dropped WHERE unit = 'image')
"""
_LEADERS = "CREATE OR REPLACE TABLE leaders AS SELECT bits, min(rank) AS rank FROM hashed GROUP BY bits"
# Those of equal hash go with the first of them: dropped at its distance, or at 0 where it is kept.
_COPIES = """
    CREATE OR REPLACE TABLE _copies AS
    SELECT hashed.rank, coalesce(far.distance, 0.0) AS distance
    FROM hashed JOIN leaders USING (bits) LEFT JOIN _leaders_dropped AS far ON far.rank = leaders.rank
    WHERE far.rank IS NOT NULL OR hashed.rank <> leaders.rank
"""
_REJECT = """
    INSERT INTO rejected
    SELECT 'clean', 'image', unit_id, source, 'near_duplicate', distance, $threshold,
           format('Its perceptual hash differs in {} bits from a kept picture''s.', distance::INT)
    FROM _copies JOIN hashed USING (rank)
"""


def reject_near_images(connection: DuckDBPyConnection, distance: int) -> None:
    """Add to `rejected` each image within `distance` bits of one that is kept.

    Images are taken from the largest to the smallest; one that is near to none kept so far is kept. So every
    dropped image is near to a kept one, and the order of rows changes nothing.

    Args:
        connection: the database, with `image_measures`, `dropped` and `rejected`.
        distance: bits of 64 in which two hashes may differ and still be one picture's.
    """
    connection.execute(_HASHED)
    connection.execute(_LEADERS)
    neighbours: dict[int, list[tuple[int, int]]] = {}
    rows = connection.execute(_near_pairs(distance))
    while batch := rows.fetchmany(4096):
        for later, earlier, apart in batch:
            neighbours.setdefault(later, []).append((apart, earlier))
    copies: dict[int, int] = {}
    for later in sorted(neighbours):
        kept = [apart for apart, earlier in neighbours[later] if earlier not in copies]
        if kept:
            copies[later] = min(kept)
    found = pa.table(
        {
            "rank": pa.array(list(copies), pa.int64()),
            "distance": pa.array(list(copies.values()), pa.float64()),
        }
    )
    connection.register("_leaders_dropped", found)
    connection.execute(_COPIES)
    connection.unregister("_leaders_dropped")
    connection.execute(_REJECT, {"threshold": float(distance)})


def _near_pairs(distance: int) -> str:
    """Return the query for pairs of distinct hashes within `distance` bits, by rank.

    Of distance + 1 blocks of bits at least one is equal in both (the pigeonhole principle), so that only
    hashes with an equal block are compared.
    """
    edges = [round(_BITS * block / (distance + 1)) for block in range(distance + 2)]
    blocks = ", ".join(
        f"({number}, {low}, {high - low})" for number, (low, high) in enumerate(pairwise(edges))
    )
    return f"""
        WITH cut(block, low, width) AS (VALUES {blocks}), keys AS (
            SELECT bits, rank, block,
                CASE WHEN width = {_BITS} THEN bits
                     ELSE (bits >> low::UBIGINT) & ((1::UBIGINT << width::UBIGINT) - 1) END AS key
            FROM leaders, cut
        )
        SELECT DISTINCT a.rank, b.rank, bit_count(xor(a.bits, b.bits))::INT
        FROM keys a JOIN keys b USING (block, key)
        WHERE a.rank > b.rank AND bit_count(xor(a.bits, b.bits)) <= {distance}
        ORDER BY a.rank, b.rank
    """  # noqa: S608 (our own numbers)
