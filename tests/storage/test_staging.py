from pathlib import Path

import pytest

from storage.parts import Part
from storage.schemas import table_of
from storage.staging import is_staging, publish_staging, staging_batches, staging_files, write_staging


@pytest.fixture
def dataset(tmp_path: Path) -> str:
    return str(tmp_path)


def _write(dataset: str, name: str, file_name: str) -> Part:
    return write_staging(dataset, name, file_name, table_of("links", [{"doc_id": file_name, "image": 1}]))


def _ids(dataset: str, name: str) -> list[str]:
    return [
        value for batch in staging_batches(dataset, name, ["doc_id"]) for value in batch["doc_id"].to_pylist()
    ]


def test_nothing_was_staged_yet(dataset: str) -> None:
    assert staging_files(dataset, "blobs") == []
    assert list(staging_batches(dataset, "blobs")) == []
    publish_staging(dataset, "extract", [])


def test_only_published_files_count(dataset: str) -> None:
    part = _write(dataset, "blobs", "extract-a")
    assert is_staging(part.table)
    assert _ids(dataset, "blobs") == []
    publish_staging(dataset, "extract", [part])
    assert _ids(dataset, "blobs") == ["extract-a"]


def test_a_stage_replaces_its_own_files_alone(dataset: str) -> None:
    publish_staging(
        dataset, "extract", [_write(dataset, "blobs", "extract-a"), _write(dataset, "read", "extract-a")]
    )
    publish_staging(dataset, "fetch", [_write(dataset, "blobs", "fetch-a")])
    publish_staging(dataset, "extract", [_write(dataset, "blobs", "extract-b")])
    assert _ids(dataset, "blobs") == ["extract-b", "fetch-a"]
    assert _ids(dataset, "read") == []
