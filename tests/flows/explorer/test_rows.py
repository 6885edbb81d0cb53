"""Some rows of a file: those and no others, whatever the row groups, and of older files too."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from flows.explorer.rows import read_rows


@pytest.mark.parametrize("group", [1, 3, 10, 100])
def test_any_range_of_rows_comes_back(tmp_path: Path, group: int) -> None:
    path = tmp_path / "rows.parquet"
    pq.write_table(pa.table({"a": range(20), "b": range(20, 40)}), path, row_group_size=group)
    for first in range(20):
        for stop in range(first + 1, 21):
            rows = read_rows(str(path), first, stop, ("a",))
            assert rows["a"].to_pylist() == list(range(first, stop))


def test_a_column_that_an_older_file_lacks_is_null(tmp_path: Path) -> None:
    path = tmp_path / "rows.parquet"
    pq.write_table(pa.table({"a": [1, 2]}), path)
    assert read_rows(str(path), 1, 2, ("a", "page")).to_pylist() == [{"a": 2, "page": None}]
