from pathlib import Path

import pytest

from storage import tables
from storage.digest import dataset_digest
from storage.schemas import table_of
from tests.storage.conftest import ROWS, write_rows


def test_the_same_rows_give_the_same_digest_in_any_files_and_order(tmp_path: Path) -> None:
    one, two = str(tmp_path / "1"), str(tmp_path / "2")
    write_rows(one, ROWS)
    for table, rows in ROWS.items():
        parts = [
            tables.write_part(two, table, f"stage-{number}", table_of(table, [row]))
            for number, row in enumerate(reversed(rows))
        ]
        tables.commit(two, table, "stage", parts, "b")
    assert dataset_digest(one, ROWS) == dataset_digest(two, ROWS)


@pytest.mark.parametrize("rows", [[], [{"doc_id": "a"}, {"doc_id": "a"}], [{"doc_id": "b"}]])
def test_other_rows_give_another_digest(tmp_path: Path, rows: list[dict[str, object]]) -> None:
    one, two = str(tmp_path / "1"), str(tmp_path / "2")
    write_rows(one, {"documents": [{"doc_id": "a"}]})
    write_rows(two, {"documents": rows})
    assert dataset_digest(one, ["documents"]) != dataset_digest(two, ["documents"])


def test_ignored_columns_may_differ(tmp_path: Path) -> None:
    one, two = str(tmp_path / "1"), str(tmp_path / "2")
    write_rows(one, {"documents": [{"doc_id": "a", "bytes": 1}]})
    write_rows(two, {"documents": [{"doc_id": "a", "bytes": 2}]})
    assert dataset_digest(one, ["documents"], ["bytes"]) == dataset_digest(two, ["documents"], ["bytes"])
