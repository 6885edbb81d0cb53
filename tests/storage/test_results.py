import json
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from storage.errors import LooseleafError
from storage.results import json_rows, write_result

TABLE = pa.table(
    {
        "name": ["é, x", None],
        "raw": [b"1234", b""],
        "list": [["a", None], []],
        "when": [datetime(2026, 1, 2, tzinfo=UTC), None],
        "number": [float("nan"), 1.5],
        "sum": [Decimal(3), Decimal("0.5")],
    }
)
ROWS = [
    ["é, x", "<4 bytes>", ["a", None], "2026-01-02T00:00:00+00:00", None, 3],
    [None, "<0 bytes>", [], None, 1.5, 0.5],
]


def test_json_holds_columns_and_rows() -> None:
    assert json_rows(TABLE) == ROWS
    assert json.loads(write_result(TABLE, "json")) == {"columns": TABLE.column_names, "rows": ROWS}


def test_csv_quotes_what_it_must() -> None:
    assert write_result(TABLE, "csv").splitlines()[1] == (
        '"é, x",<4 bytes>,"[""a"", null]",2026-01-02T00:00:00+00:00,,3'
    )


def test_a_table_is_aligned_and_cells_are_short() -> None:
    lines = write_result(pa.table({"a": ["x" * 100, "y\nz"], "b": [1, 2]}), "table").splitlines()
    assert lines[2] == "x" * 59 + "…  1"
    assert lines[3].split() == ["y", "z", "2"]
    assert len(lines) == 4


def test_no_rows_are_still_a_table() -> None:
    empty = TABLE.slice(0, 0)
    assert json.loads(write_result(empty, "json"))["rows"] == []
    assert write_result(empty, "csv") == "name,raw,list,when,number,sum\n"
    assert write_result(empty, "table").startswith("name")


def test_arrow_and_parquet_keep_every_value(tmp_path: Path) -> None:
    write_result(TABLE.drop_columns("number"), "arrow", str(tmp_path / "x.arrow"))
    write_result(TABLE.drop_columns("number"), "parquet", str(tmp_path / "x.parquet"))
    with pa.OSFile(str(tmp_path / "x.arrow")) as file:
        assert pa.ipc.open_file(file).read_all() == TABLE.drop_columns("number")
    assert pq.read_table(tmp_path / "x.parquet")["raw"].to_pylist() == [b"1234", b""]
    with pytest.raises(LooseleafError, match="where"):
        write_result(TABLE, "arrow")
