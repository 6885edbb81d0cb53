"""A dataset in one call: every way to read it gives the same rows of the same version."""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import polars as pl
import pyarrow as pa
import pyarrow.compute as pc
import pytest

from storage.builds import record_build
from storage.dataset import Dataset, open_dataset
from storage.errors import LooseleafError
from storage.sandbox import Limits
from storage.schemas import SCHEMAS
from tests.storage.conftest import ROWS, make_build, write_rows

#: A value of each type, so that no table is without rows; lists hold a null, a float is no decimal.
_VALUES: dict[str, Any] = {
    "string": "é 'x'",
    "bool": True,
    "int32": -7,
    "int64": 2**40,
    "float": 0.5,
    "double": 0.1,
    "large_binary": b"\x00\xff",
}


@pytest.fixture(scope="module")
def dataset(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Rows in every table, pinned; then more rows that no build has."""
    place = str(tmp_path_factory.mktemp("data"))
    rows = {
        table: [*ROWS.get(table, []), _filled(schema), dict.fromkeys(schema.names)]
        for table, schema in SCHEMAS.items()
        if table != "builds"
    }
    versions = write_rows(place, rows)
    record_build(place, make_build("b1", 1, versions))
    write_rows(place, {table: [_filled(SCHEMAS[table])] * 3 for table in versions}, "1")
    return place


@pytest.fixture(scope="module")
def data(dataset: str) -> Dataset:
    return open_dataset(dataset)


def _filled(schema: pa.Schema) -> dict[str, Any]:
    return {field.name: _value(field.type) for field in schema}


def _value(kind: pa.DataType) -> Any:
    if pa.types.is_list(kind):
        return [_value(kind.value_type), None]
    if pa.types.is_timestamp(kind):
        from datetime import UTC, datetime

        return datetime(2026, 1, 2, 3, 4, 5, 678901, tzinfo=UTC)
    return _VALUES[str(kind)]


def _sorted(rows: list[dict[str, Any]]) -> list[str]:
    return sorted(repr([_plain(row[name]) for name in sorted(row)]) for row in rows)


def _plain(value: Any) -> Any:
    """Return a value as plain Python's: what libraries call missing is None, lists are lists."""
    if isinstance(value, list | tuple) or hasattr(value, "tolist"):
        return [_plain(one) for one in list(value)]
    if value is None or type(value).__name__ in ("NAType", "NaTType"):
        return None
    if isinstance(value, float) and math.isnan(value):
        return None
    if hasattr(value, "to_pydatetime"):
        value = value.to_pydatetime()
    return value.timestamp() if hasattr(value, "timestamp") else value


@pytest.mark.parametrize("table", sorted(SCHEMAS))
def test_all_ways_to_read_agree(data: Dataset, table: str) -> None:
    arrow = _sorted(data.arrow(table).to_pylist())
    assert len(arrow) == (1 if table == "builds" else len(ROWS.get(table, [])) + 2)
    assert _sorted([row for batch in data.batches(table) for row in batch.to_pylist()]) == arrow
    assert _sorted(data.arrow_dataset(table).to_table().to_pylist()) == arrow
    assert _sorted(data.polars(table).collect().to_dicts()) == arrow
    assert _sorted(data.pandas(table).to_dict("records")) == arrow
    assert _sorted(data.sql(f"SELECT * FROM {table}").to_pylist()) == arrow
    with data.duckdb() as connection:
        assert _sorted(connection.sql(f"SELECT * FROM {table}").to_arrow_table().to_pylist()) == arrow


def test_all_ways_to_choose_agree(data: Dataset) -> None:
    chosen = _sorted(data.arrow("elements", ["doc_id", "text"], pc.field("kind") == "image").to_pylist())
    assert len(chosen) == 5
    frame = data.polars("elements").filter(pl.col("kind") == "image").select("doc_id", "text")
    assert _sorted(frame.collect().to_dicts()) == chosen
    pandas = data.pandas("elements", ["doc_id", "text"], pc.field("kind") == "image")
    assert _sorted(pandas.to_dict("records")) == chosen
    sql = "SELECT doc_id, text FROM elements WHERE kind = $kind"
    assert _sorted(data.sql(sql, {"kind": "image"}).to_pylist()) == chosen
    (batch,) = data.batches("images", ["image_id"], batch_size=100)
    assert batch.schema.names == ["image_id"]
    assert data.polars("images", ["image_id"]).collect().columns == ["image_id"]


def test_counts_by_group_agree(data: Dataset) -> None:
    sql = data.sql("SELECT source, count(*) AS n FROM documents GROUP BY source").to_pylist()
    frame = data.polars("documents").group_by("source").agg(pl.len().alias("n")).collect()
    counted = data.pandas("documents").groupby("source", dropna=False).size()
    assert _sorted(sql) == _sorted(frame.to_dicts())
    assert _sorted(sql) == _sorted([{"source": name, "n": int(n)} for name, n in counted.items()])


def test_an_integer_may_be_missing_in_pandas(data: Dataset) -> None:
    frame = data.pandas("elements")
    assert str(frame["position"].dtype) == "int32[pyarrow]"
    assert frame["position"].isna().sum() == 1


def test_the_version_is_pinned(tmp_path: Path, fill: Callable[[str], None]) -> None:
    url = str(tmp_path)
    fill(url)
    before = open_dataset(url)
    versions = write_rows(url, {"documents": [{"doc_id": "new"}]}, "1")
    record_build(url, make_build("b2", 2, versions, parent="b1"))
    assert before.build_id == "b1"
    assert open_dataset(url).build_id == "b2"
    for data, rows in ((before, 3), (open_dataset(url), 1), (open_dataset(url, "b1"), 3)):
        assert data.arrow("documents").num_rows == rows
        assert data.sql("SELECT count(*) AS n FROM documents").to_pylist() == [{"n": rows}]
        assert data.polars("documents").collect().height == rows
        assert len(data.pandas("documents")) == rows


def test_a_table_that_the_build_has_not_is_empty(tmp_path: Path) -> None:
    write_rows(str(tmp_path), {"documents": [{"doc_id": "a"}]})
    data = open_dataset(str(tmp_path))
    assert data.build_id is None
    assert data.tables == ["documents"]
    assert data.arrow("images").schema.names == SCHEMAS["images"].names
    assert list(data.batches("images")) == []
    assert data.polars("images").collect().height == len(data.pandas("images")) == 0


def test_what_does_not_exist_is_named(data: Dataset, dataset: str) -> None:
    with pytest.raises(LooseleafError, match="no table 'documnts'"):
        data.arrow("documnts")
    with pytest.raises(LooseleafError, match="no column 'titel'"):
        data.polars("documents", ["titel"])
    with pytest.raises(LooseleafError, match="b9"):
        open_dataset(dataset, "b9")
    with pytest.raises(LooseleafError, match="no dataset"):
        open_dataset(dataset + "-not")
    with pytest.raises(LooseleafError, match="one SELECT"):
        data.sql("DROP VIEW documents")
    with pytest.raises(LooseleafError, match="longer than"):
        open_dataset(dataset, limits=Limits(seconds=0.2)).sql(
            "SELECT sum(a.range * b.range) FROM range(1000000000) a, range(1000000000) b"
        )
