"""Reads some rows of a table's Parquet file: the row groups that hold them, and no more."""

from __future__ import annotations

from collections.abc import Sequence

import pyarrow as pa
import pyarrow.parquet as pq

from storage.filesystem import arrow_filesystem


def read_rows(url: str, first: int, stop: int, columns: Sequence[str]) -> pa.Table:
    """Return the rows from `first` to `stop` of a file; a column that an older file lacks is null."""
    filesystem, path = arrow_filesystem(url)
    with filesystem.open_input_file(path) as file:
        parquet = pq.ParquetFile(file)
        present = [name for name in columns if name in parquet.schema_arrow.names]
        groups: list[int] = []
        start = before = 0
        for group in range(parquet.num_row_groups):
            end = start + parquet.metadata.row_group(group).num_rows
            if end > first and start < stop:
                if not groups:
                    before = start
                groups.append(group)
            start = end
        found = parquet.read_row_groups(groups, columns=present)
    rows = found.slice(first - before, stop - first)
    for name in columns:
        if name not in present:
            rows = rows.append_column(name, pa.nulls(rows.num_rows))
    return rows
