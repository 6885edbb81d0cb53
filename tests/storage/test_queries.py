from collections.abc import Callable
from pathlib import Path

import pytest

from storage.builds import record_build
from storage.errors import LooseleafError
from storage.queries import connect, explain, known_names, names, rows_of, run_query
from storage.sandbox import Limits
from storage.schemas import SCHEMAS
from tests.storage.conftest import make_build, write_rows


@pytest.fixture
def dataset(tmp_path: Path, fill: Callable[[str], None]) -> str:
    url = str(tmp_path / "the data's")
    fill(url)
    return url


def _rows(dataset: str, sql: str, build_id: str | None = None) -> list[tuple[object, ...]]:
    table = run_query(dataset, sql, build_id)
    return list(zip(*(column.to_pylist() for column in table.columns), strict=True))


def test_the_views_account_for_everything(dataset: str) -> None:
    assert _rows(dataset, "SELECT count(*) FROM documents") == [(3,)]
    assert _rows(dataset, "SELECT doc_id FROM kept_documents ORDER BY 1") == [("a",), ("c",)]
    assert _rows(dataset, "SELECT image_id FROM kept_images") == [("1",)]
    assert _rows(dataset, "SELECT image_url, state FROM image_references ORDER BY 1") == [
        ("gone", "missing"),
        ("u1", "kept"),
        ("u1b", "rejected"),
        ("u2", "rejected"),
    ]


def test_documents_are_shown_with_their_counts(dataset: str) -> None:
    sql = "SELECT doc_id, kept, kept_images, missing_images, groups FROM documents_with_counts ORDER BY 1"
    assert _rows(dataset, sql) == [("a", True, 1, 0, 1), ("b", False, 0, 0, 0), ("c", True, 2, 1, 0)]


def test_figures_are_shown_with_caption_and_section(dataset: str) -> None:
    sql = "SELECT doc_id, image_url, caption, section, title FROM figures ORDER BY doc_id, position"
    assert _rows(dataset, sql) == [
        ("a", "u1", "a caption more of it", "Inner", "A"),
        ("c", "u1b", None, "Inner", "C"),
        ("c", "u1", None, "Inner", "C"),
    ]


def test_a_path_is_not_taken_for_a_pattern(tmp_path: Path, fill: Callable[[str], None]) -> None:
    for name in ("data [x]", "data x"):
        fill(str(tmp_path / name))
    write_rows(str(tmp_path / "data x"), {"documents": []}, "1")
    assert _rows(str(tmp_path / "data [x]"), "SELECT count(*) FROM documents") == [(3,)]


def test_tables_that_do_not_exist_are_empty_views(dataset: str) -> None:
    for table, schema in SCHEMAS.items():
        assert run_query(dataset, f"SELECT * FROM {table} LIMIT 0").column_names == schema.names
    assert _rows(dataset, "SELECT count(*) FROM embeddings") == [(0,)]


def test_a_build_keeps_what_it_pinned(dataset: str) -> None:
    versions = write_rows(dataset, {"documents": [{"doc_id": "new"}]}, "1")
    assert _rows(dataset, "SELECT count(*) FROM documents") == [(3,)]
    record_build(dataset, make_build("b2", 2, versions, parent="b1"))
    assert _rows(dataset, "SELECT doc_id FROM documents") == [("new",)]
    assert _rows(dataset, "SELECT count(*) FROM documents", "b1") == [(3,)]
    assert _rows(dataset, "SELECT count(*) FROM images") == [(0,)]
    assert _rows(dataset, "SELECT build_id FROM builds ORDER BY 1", "b1") == [("b1",), ("b2",)]


def test_without_a_build_the_newest_versions_are_shown(tmp_path: Path) -> None:
    write_rows(str(tmp_path), {"documents": [{"doc_id": "a"}]})
    assert _rows(str(tmp_path), "SELECT doc_id FROM documents") == [("a",)]


@pytest.mark.parametrize(
    ("sql", "reason"),
    [
        ("SELECT nothing FROM documents", "nothing"),
        ("SELEC 1", "syntax"),
        ("", "one SELECT"),
        ("SELECT 1; SELECT 2", "one SELECT"),
        ("COPY documents TO 'there.csv'", "one SELECT"),
        ("EXPLAIN ANALYZE COPY documents TO 'there.csv'", "one SELECT"),
        ("CREATE TABLE t AS SELECT 1", "one SELECT"),
        ("SET threads = 1", "one SELECT"),
        ("SELECT * FROM read_text('/etc/passwd')", "disabled"),
        ("SELECT * FROM '/etc/passwd.csv'", "disabled"),
        ("SELECT cast('x' AS integer)", "Could not convert"),
    ],
)
def test_what_cannot_be_answered_is_one_sentence(dataset: str, sql: str, reason: str) -> None:
    with pytest.raises(LooseleafError, match=reason) as caught:
        run_query(dataset, sql)
    assert "\n" not in str(caught.value)


def test_a_missing_dataset_or_build_is_named(dataset: str, tmp_path: Path) -> None:
    with pytest.raises(LooseleafError, match="nowhere"):
        run_query(str(tmp_path / "nowhere"), "SELECT 1")
    with pytest.raises(LooseleafError, match=r"b9.*b1"):
        run_query(dataset, "SELECT 1", "b9")


def test_large_answers_spill_to_disk(dataset: str) -> None:
    with connect(dataset, limits=Limits(memory=100 << 20)) as connection:
        sql = "SELECT count(*) FROM (SELECT DISTINCT repeat('x', 90) || range FROM range(2000000))"
        assert connection.execute(sql).fetchall() == [(2000000,)]


def test_a_folder_without_tables_is_no_dataset(tmp_path: Path) -> None:
    with pytest.raises(LooseleafError, match="none of a dataset's tables"):
        run_query(str(tmp_path), "SELECT 1")


def test_empty_tables_have_the_types_of_full_ones(dataset: str, tmp_path: Path) -> None:
    write_rows(str(tmp_path / "other"), {"links": []})
    for table in ("documents", "elements", "images", "groups"):
        query = f"SELECT * FROM {table} LIMIT 0"
        assert run_query(str(tmp_path / "other"), query).schema == run_query(dataset, query).schema


def test_every_dataset_has_the_known_names(dataset: str) -> None:
    with connect(dataset) as connection:
        assert names(connection) == known_names()
    assert known_names()["images"] == SCHEMAS["images"].names


@pytest.mark.parametrize(
    ("sql", "told"),
    [
        ("SELECT * FROM documnts", 'did you mean "documents"'),
        ("SELECT * FROM Documents JOIN kept_docs USING (doc_id)", 'did you mean "kept_documents"'),
        ("SELECT * FROM zzz", "the dataset has builds, document_accounts"),
        ("SELECT langage FROM documents", 'did you mean "language"'),
        ("SELECT d.titel FROM documents d", 'did you mean "title"'),
        ("SELECT caption FROM documents", "it is one of figures"),
        ("SELECT qqq FROM documents", "DESCRIBE"),
        ("SELECT cunt(*) FROM documents", 'Did you mean "count"'),
    ],
)
def test_a_wrong_name_is_told_with_the_nearest(dataset: str, sql: str, told: str) -> None:
    with pytest.raises(LooseleafError) as caught:
        run_query(dataset, sql)
    assert told in str(caught.value)
    assert "\n" not in str(caught.value)


def test_explaining_carries_nothing_out(dataset: str) -> None:
    with connect(dataset) as connection:
        assert "CROSS" in explain(connection, "SELECT * FROM range(9000000) a, range(9000000) b").upper()
        for sql in ("ANALYZE SELECT 1", "COPY documents TO 'x'", "SELECT 1; SELECT 2"):
            with pytest.raises(LooseleafError):
                explain(connection, sql)


def test_rows_come_in_batches_and_errors_in_sentences(dataset: str) -> None:
    with connect(dataset) as connection:
        with rows_of(connection, "SELECT range FROM range(100000)") as reader:
            assert next(iter(reader)).num_rows < 100000
        late = "SELECT CASE range WHEN 50000 THEN ('x' || range)::INT ELSE 1 END FROM range(100000)"
        with rows_of(connection, late) as reader, pytest.raises(LooseleafError, match="x50000"):
            list(reader)
        with rows_of(connection, "SELECT doc_id FROM documents WHERE source = ?", ["two"]) as reader:
            assert reader.read_all().to_pylist() == [{"doc_id": "c"}]
