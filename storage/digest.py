"""One hash for the rows of tables, whatever files they lie in and in whatever order."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from typing import Any

from storage import tables
from storage.schemas import SCHEMAS


def dataset_digest(
    dataset: str,
    names: Iterable[str],
    ignore_columns: Collection[str] = (),
    versions: Mapping[str, int] | None = None,
) -> str:
    """Return a sha256 over the sorted rows of tables, at their newest versions or at those that are given.

    Two datasets with the same digest hold the same rows. Each row is hashed by itself, so that memory grows
    with the number of rows and not with their size.

    Args:
        dataset: path or URL.
        names: tables to look at.
        ignore_columns: columns, of any table, that may differ: times, identifiers of runs.
        versions: of each table, such as those that a build pins.
    """
    total = hashlib.sha256()
    for name in sorted(names):
        columns = [column for column in SCHEMAS[name].names if column not in ignore_columns]
        rows = sorted(
            _row_hash(row)
            for batch in tables.batches(dataset, name, versions[name] if versions else None, columns)
            for row in batch.to_pylist()
        )
        total.update(f"{name} {len(rows)}\n".encode())
        total.update(b"".join(rows))
    return total.hexdigest()


def _row_hash(row: dict[str, Any]) -> bytes:
    text = json.dumps(row, sort_keys=True, default=_plain)
    return hashlib.sha256(text.encode()).digest()


def _plain(value: object) -> str:
    if isinstance(value, bytes):
        return hashlib.sha256(value).hexdigest()
    assert isinstance(value, datetime)
    return value.isoformat()
