from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pytest
from deltalake import DeltaTable
from deltalake.exceptions import CommitFailedError

from storage import tables
from storage.parts import Part
from storage.queries import run_query
from storage.schemas import SCHEMAS, table_of


def _documents(dataset: str, name: str, *ids: str) -> Part:
    return tables.write_part(
        dataset,
        "documents",
        name,
        table_of("documents", [{"doc_id": doc_id, "n_words": 3} for doc_id in ids]),
    )


def _ids(dataset: str, version: int | None = None) -> list[str]:
    return tables.read(dataset, "documents", version, columns=["doc_id"])["doc_id"].to_pylist()


@pytest.fixture
def dataset(tmp_path: Path) -> str:
    return str(tmp_path / "dataset")


@pytest.mark.parametrize("table", sorted(SCHEMAS))
def test_a_table_that_does_not_exist_reads_as_empty_with_its_schema(dataset: str, table: str) -> None:
    assert tables.version(dataset, table) is None
    assert tables.versions(dataset, table) == []
    assert tables.count(dataset, table) == 0
    assert list(tables.batches(dataset, table)) == []
    assert tables.read(dataset, table).schema == SCHEMAS[table]


@pytest.mark.parametrize("table", sorted(SCHEMAS))
def test_a_commit_of_nothing_leaves_a_valid_empty_table(dataset: str, table: str) -> None:
    assert tables.commit(dataset, table, "stage", [], "b/stage") == 0
    assert tables.read(dataset, table).schema == SCHEMAS[table]
    assert tables.commit(dataset, table, "stage", [], "b/stage") == 0


@pytest.mark.parametrize("table", sorted(SCHEMAS))
def test_rows_come_back_as_they_were_written(dataset: str, table: str) -> None:
    rows = table_of(table, [{}, {}])
    tables.commit(dataset, table, "stage", [tables.write_part(dataset, table, "stage-0", rows)], "b/stage")
    assert tables.read(dataset, table) == rows


def test_rows_are_invisible_before_the_commit(dataset: str) -> None:
    part = _documents(dataset, "extract-a", "1")
    assert _ids(dataset) == []
    tables.commit(dataset, "documents", "extract", [part], "b/extract")
    assert _ids(dataset) == ["1"]


def test_the_same_commit_twice_counts_once(dataset: str) -> None:
    part = _documents(dataset, "extract-a", "1", "2")
    first = tables.commit(dataset, "documents", "extract", [part], "b/extract")
    assert tables.commit(dataset, "documents", "extract", [part], "b/extract") == first
    assert tables.commit(dataset, "documents", "extract", [part], "other/extract") == first
    assert tables.count(dataset, "documents") == 2


def test_a_stage_replaces_its_own_files_and_no_others(dataset: str) -> None:
    tables.commit(dataset, "documents", "extract-more", [_documents(dataset, "extract-more-a", "9")], "b/x")
    first = tables.commit(
        dataset, "documents", "extract", [_documents(dataset, "extract-a", "1")], "b/extract"
    )
    tables.commit(dataset, "documents", "extract", [_documents(dataset, "extract-b", "2")], "c/extract")
    assert _ids(dataset) == ["2", "9"]
    assert _ids(dataset, first) == ["1", "9"]


def test_an_earlier_build_run_again_brings_its_rows_back(dataset: str) -> None:
    first, second = _documents(dataset, "extract-a", "1"), _documents(dataset, "extract-b", "2")
    for build, part in (("a", first), ("b", second), ("a", first)):
        tables.commit(dataset, "documents", "extract", [part], f"{build}/extract")
    assert _ids(dataset) == ["1"]


def test_commits_at_once_all_count_and_equal_ones_once(dataset: str) -> None:
    stages = [f"s{index % 4}" for index in range(12)]
    parts = {stage: _documents(dataset, f"{stage}-a", stage) for stage in set(stages)}
    with ThreadPoolExecutor(6) as pool:
        list(pool.map(lambda s: tables.commit(dataset, "documents", s, [parts[s]], f"b/{s}"), stages))
    assert _ids(dataset) == ["s0", "s1", "s2", "s3"]


def test_a_table_gets_back_the_files_that_it_had(dataset: str) -> None:
    first = _documents(dataset, "extract-a", "1")
    other = _documents(dataset, "embed-a", "e")
    version = tables.commit(dataset, "documents", "extract", [first], "a/extract")
    tables.commit(dataset, "documents", "extract", [_documents(dataset, "extract-b", "2")], "b/extract")
    now = tables.commit(dataset, "documents", "embed", [other], "b/embed")
    restored = tables.restore(dataset, "documents", version, "a/restore", leave=["embed"])
    assert sorted(_ids(dataset)) == ["1", "e"]
    assert tables.restore(dataset, "documents", version, "a/restore", leave=["embed"]) == restored
    tables.restore(dataset, "documents", version, "a/restore")
    assert tables.paths(dataset, "documents") == tables.paths(dataset, "documents", version)
    assert sorted(_ids(dataset, now)) == ["2", "e"]
    tables.restore(dataset, "documents", None, "a/restore")
    assert _ids(dataset) == []


def test_the_history_is_listed_newest_first(dataset: str) -> None:
    tables.commit(dataset, "documents", "extract", [_documents(dataset, "extract-a", "1")], "a/extract")
    assert [entry.version for entry in tables.versions(dataset, "documents")] == [1, 0]


def test_batches_hold_few_pictures_at_once(dataset: str) -> None:
    rows = table_of("images", [{"image_id": str(index), "bytes": b"x" * 100} for index in range(200)])
    part = tables.write_part(dataset, "images", "images-a", rows)
    tables.commit(dataset, "images", "images", [part], "b/images")
    got = list(tables.batches(dataset, "images", columns=["bytes", "image_id"]))
    assert max(batch.num_rows for batch in got) <= 64
    assert got[0].schema.names == ["bytes", "image_id"]
    assert [name for batch in got for name in batch["image_id"].to_pylist()] == rows["image_id"].to_pylist()


def test_a_filter_selects_rows(dataset: str) -> None:
    tables.commit(dataset, "documents", "extract", [_documents(dataset, "extract-a", "1", "2")], "b/extract")
    assert tables.read(dataset, "documents", filter=pc.field("doc_id") == "2")["doc_id"].to_pylist() == ["2"]


def test_rows_with_other_columns_are_refused(dataset: str) -> None:
    with pytest.raises(ValueError, match="columns"):
        tables.write_part(dataset, "documents", "extract-a", table_of("links", []))


def test_a_table_that_another_process_creates_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    create = tables.DeltaTable.create

    def overtaken(*arguments: object, **settings: object) -> None:
        create(*arguments, **settings)
        raise CommitFailedError("Protocol changed since last commit")

    monkeypatch.setattr(tables.DeltaTable, "create", staticmethod(overtaken))
    dataset = str(tmp_path)
    part = tables.write_part(dataset, "documents", "s-a", table_of("documents", [{"doc_id": "a"}]))
    tables.commit(dataset, "documents", "s", [part], "b/s")
    assert tables.count(dataset, "documents") == 1


def test_a_table_of_an_older_version_is_read_and_written_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    dataset = str(tmp_path)
    today = SCHEMAS["links"]
    older = pa.schema([field for field in today if field.name != "text"])
    with monkeypatch.context() as patched:
        patched.setitem(SCHEMAS, "links", older)
        old = table_of("links", [{"doc_id": "a", "image": 1}])
        first = tables.commit(
            dataset, "links", "old", [tables.write_part(dataset, "links", "old-0", old)], "1/o"
        )
    rows = [{"doc_id": "a", "image": 1, "text": None}]
    assert run_query(dataset, "SELECT * FROM links").to_pylist() == rows
    new = table_of("links", [{"doc_id": "b", "image": 2, "text": 3}])
    tables.commit(dataset, "links", "new", [tables.write_part(dataset, "links", "new-0", new)], "2/n")
    rows.append({"doc_id": "b", "image": 2, "text": 3})
    assert run_query(dataset, "SELECT * FROM links ORDER BY doc_id").to_pylist() == rows
    read = [
        row
        for batch in tables.batches(dataset, "links", columns=["text", "doc_id"])
        for row in batch.to_pylist()
    ]
    assert sorted(read, key=lambda row: row["doc_id"]) == [
        {"text": row["text"], "doc_id": row["doc_id"]} for row in rows
    ]
    assert tables.read(dataset, "links", first).to_pylist() == rows[:1]
    # What another engine sees: the log's own schema has the column.
    assert "text" in DeltaTable(f"{dataset}/links").to_pyarrow_dataset().schema.names
