import io
import json
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from storage.results import Format, json_rows, write_rows, write_table

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


def _text(table: pa.Table, form: Format, most: int | None = None) -> str:
    sink = io.BytesIO()
    # One row a batch: where a batch ends must not show.
    count = write_rows(
        pa.Table.from_batches(table.to_batches(1), table.schema).to_reader(1), form, sink, most
    )
    assert count == table.num_rows if most is None else count == min(most, table.num_rows)
    return sink.getvalue().decode()


def test_json_holds_columns_and_rows() -> None:
    assert json_rows(TABLE) == ROWS
    assert json.loads(_text(TABLE, "json")) == {"columns": TABLE.column_names, "rows": ROWS}


def test_csv_quotes_what_it_must() -> None:
    assert _text(TABLE, "csv").splitlines()[1] == (
        '"é, x",<4 bytes>,"[""a"", null]",2026-01-02T00:00:00+00:00,,3'
    )


def test_a_table_is_aligned_and_cells_are_short() -> None:
    lines = _text(pa.table({"a": ["x" * 100, "y\nz"], "b": [1, 2]}), "table").splitlines()
    assert lines[2] == "x" * 59 + "…  1"
    assert lines[3].split() == ["y", "z", "2"]
    assert len(lines) == 4


@pytest.mark.parametrize(("most", "told"), [(1, True), (2, False), (3, False)])
def test_a_long_table_ends_with_a_word_about_the_rest(most: int, told: bool) -> None:
    lines = _text(pa.table({"a": ["x", "y"]}), "table", most).splitlines()
    assert lines[2:] == ["x", "y"][:most] + ["(the first 1 rows; there are more)"] * told


def test_of_endless_rows_only_the_shown_are_read() -> None:
    batch = pa.record_batch({"a": list(range(10))})
    seen = []

    def endless():  # type: ignore[no-untyped-def]
        while True:
            seen.append(1)
            yield batch

    write_rows(pa.RecordBatchReader.from_batches(batch.schema, endless()), "table", io.BytesIO(), 25)
    assert len(seen) == 3


def test_no_rows_are_still_a_table() -> None:
    empty = TABLE.slice(0, 0)
    assert json.loads(_text(empty, "json"))["rows"] == []
    assert _text(empty, "csv") == "name,raw,list,when,number,sum\n"
    assert _text(empty, "table").startswith("name")


def test_arrow_and_parquet_keep_every_value(tmp_path: Path) -> None:
    write_table(TABLE.drop_columns("number"), "arrow", str(tmp_path / "x.arrow"))
    write_table(TABLE.drop_columns("number"), "parquet", str(tmp_path / "x.parquet"))
    with pa.OSFile(str(tmp_path / "x.arrow")) as file:
        assert pa.ipc.open_file(file).read_all() == TABLE.drop_columns("number")
    assert pq.read_table(tmp_path / "x.parquet")["raw"].to_pylist() == [b"1234", b""]
