"""What changed between two versions of a dataset: how the values of each column are spread in both."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import pyarrow as pa

if TYPE_CHECKING:
    from storage.dataset import Dataset


def _classes(number: str) -> str:
    return f"CASE WHEN {number} > 0 THEN (2 ** floor(log2({number})))::BIGINT::VARCHAR ELSE '0' END"


#: What is looked at: a value of each kept document, of few kinds. Numbers are put into classes, each twice as
#: wide as the one before.
_COLUMNS = {
    "source": "source",
    "language": "coalesce(language, 'unknown')",
    "media type": "coalesce(media_type, 'unknown')",
    "license": "coalesce(license, 'unknown')",
    "words": _classes("n_words"),
    "kept images": _classes("kept_images"),
}
#: Share that stands for a value that one side lacks, so that its index is large and finite.
_LEAST = 1e-4
_SCHEMA = pa.schema(
    [
        ("column", pa.string()),
        ("value", pa.string()),
        ("old", pa.int64()),  # kept documents
        ("new", pa.int64()),
        ("old_share", pa.float64()),
        ("new_share", pa.float64()),
        ("psi", pa.float64()),  # this value's part of the column's population stability index
    ]
)


def drift(old: Dataset, new: Dataset) -> pa.Table:
    """Return, for each column and value, how many kept documents had it before and have it now.

    The sum of `psi` over a column is its population stability index: 0 where the shares are the same.
    """
    rows = []
    for column, value in _COLUMNS.items():
        before, after = _counts(old, value), _counts(new, value)
        for name in sorted(before.keys() | after.keys()):
            was, now = _share(before, name), _share(after, name)
            floor_was, floor_now = max(was, _LEAST), max(now, _LEAST)
            index = (floor_now - floor_was) * math.log(floor_now / floor_was)
            counts = (before.get(name, 0), after.get(name, 0))
            rows.append(dict(zip(_SCHEMA.names, (column, name, *counts, was, now, index), strict=True)))
    return pa.Table.from_pylist(rows, schema=_SCHEMA)


def _counts(dataset: Dataset, value: str) -> dict[str, int]:
    counted = dataset.sql(
        f"SELECT {value} AS value, count(*) AS documents FROM documents_with_counts WHERE kept GROUP BY ALL"  # noqa: S608
    )
    return dict(zip(*(column.to_pylist() for column in counted.columns), strict=True))


def _share(counts: dict[str, int], name: str) -> float:
    total = sum(counts.values())
    return counts.get(name, 0) / total if total else 0.0
