"""Datasets that an older or a newer Looseleaf has written: their tables have fewer or more columns."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pytest
from fastapi.testclient import TestClient

from flows.explorer.app import create_app
from storage.schemas import SCHEMAS
from tests.flows.explorer.samples import build, doc_id, sample_rows

#: Columns that an older version had not, by table.
LATER = {"documents": {"license_from", "n_masked", "opt_out"}, "elements": {"cells", "direction", "page"}}
PATHS = (
    "/api/overview",
    "/api/facets",
    "/api/documents?sort=words&min_words=1",
    f"/api/documents/{doc_id(1)}",
    f"/api/documents/{doc_id(1)}/elements",
    f"/api/documents/{doc_id(1)}/outline",
    "/api/rejections",
    "/api/groups",
    "/api/negatives?order=suspected",
)


@pytest.mark.parametrize("age", ["older", "newer"])
def test_a_dataset_of_another_version_shows_what_it_has(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, age: str
) -> None:
    dataset, source = str(tmp_path / "data"), tmp_path / "source"
    rows = sample_rows(source)
    with monkeypatch.context() as patched:
        for table, later in LATER.items():
            own = SCHEMAS[table]
            other = (
                pa.schema([field for field in own if field.name not in later])
                if age == "older"
                else own.append(pa.field("mood", pa.string()))
            )
            patched.setitem(SCHEMAS, table, other)
            rows[table] = [
                {name: value for name, value in row.items() if name in other.names} for row in rows[table]
            ]
        build(dataset, rows, source)
    client = TestClient(create_app(dataset), base_url="http://127.0.0.1:8765")
    for path in PATHS:
        assert client.get(path).status_code == 200, path
    assert client.get("/api/facets").json()["total"] == len(rows["documents"])
    shown = client.get(f"/api/documents/{doc_id(1)}/elements").json()["rows"]
    own = [row for row in rows["elements"] if row["doc_id"] == doc_id(1)]
    assert [row["position"] for row in shown] == [row["position"] for row in own]
