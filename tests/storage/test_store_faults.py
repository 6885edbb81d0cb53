"""Tables and files on an object store of whose answers one in ten is an error, is lost or comes late."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from storage import tables
from storage.digest import dataset_digest
from storage.errors import LooseleafError
from storage.filesystem import exists, list_sizes, read_bytes, write_bytes_atomic
from storage.schemas import table_of
from storage.store_errors import in_one_sentence
from tests.storage.faulty_store import BUCKET, KINDS, FaultyStore, faulty_store


@pytest.fixture(scope="module")
def _store() -> Iterator[FaultyStore]:
    with faulty_store() as store:
        yield store


@pytest.fixture
def store(_store: FaultyStore) -> FaultyStore:
    _store.fail(0.0)
    return _store


def _fill(dataset: str, rounds: int) -> list[int]:
    """Write and commit the files of two stages again and again; return the versions."""
    found = []
    for number in range(rounds):
        for stage in ("extract", "clean"):
            rows = table_of("rejections", [{"stage": stage, "unit": "page", "unit_id": f"{number}"}])
            part = tables.write_part(dataset, "rejections", f"{stage}-{number:x}", rows)
            found.append(tables.commit(dataset, "rejections", stage, [part], f"b{number}/{stage}"))
    return found


def test_one_error_in_ten_changes_nothing(store: FaultyStore, tmp_path: Path) -> None:
    expected = _fill(str(tmp_path), 10)
    store.fail(0.1, seed=3)
    remote = f"s3://{BUCKET}/ten"
    assert _fill(remote, 10) == expected
    assert tables.count(remote, "rejections") == tables.count(str(tmp_path), "rejections") == 2
    for name in "abc":
        write_bytes_atomic(f"{remote}/files/{name}", name.encode())
    assert list_sizes(f"{remote}/files") == {"a": 1, "b": 1, "c": 1}
    assert [read_bytes(f"{remote}/files/{name}") for name in "abc"] == [b"a", b"b", b"c"]
    assert not exists(f"{remote}/files/d")
    assert dataset_digest(remote, ["rejections"]) == dataset_digest(str(tmp_path), ["rejections"])
    counted = store.counted()
    assert set(counted.faults) == set(KINDS), "each kind of fault befell some request"
    assert counted.in_flight == 0


@pytest.mark.parametrize("seed", range(3))
def test_a_commit_whose_answer_was_lost_is_made_once(store: FaultyStore, seed: int) -> None:
    """Every second request is done and answered with an error."""
    dataset = f"s3://{BUCKET}/lost{seed}"
    store.fail(0.5, ("lost",), seed)
    found = _fill(dataset, 3)
    assert found == sorted(found)
    assert store.counted().faults["lost"] > 10
    store.fail(0.0)
    rows = tables.read(dataset, "rejections")
    assert sorted(rows["unit_id"].to_pylist()) == ["2", "2"]
    assert len(tables.versions(dataset, "rejections")) == 7, "creation, and six commits"


def test_writers_at_once_lose_nothing(store: FaultyStore) -> None:
    dataset = f"s3://{BUCKET}/race"
    store.fail(0.1, seed=5)
    rows = table_of("documents", [{"doc_id": "a"}])
    stages = [f"s{number}" for number in range(4)]
    parts = {stage: tables.write_part(dataset, "documents", f"{stage}-a", rows) for stage in stages}
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda s: tables.commit(dataset, "documents", s, [parts[s]], f"b/{s}"), stages * 2))
    assert tables.count(dataset, "documents") == 4


def test_what_never_works_is_one_sentence(store: FaultyStore, monkeypatch: pytest.MonkeyPatch) -> None:
    url = f"s3://{BUCKET}/never"
    store.fail(1.0, ("500",))
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "2")
    monkeypatch.setattr("storage.tables._LOST", 0)
    sentence = r"^The object store of s3://bucket/never failed again and again \(.+\): see that .+ kept\.$"
    with pytest.raises(LooseleafError, match=sentence), in_one_sentence(url):
        write_bytes_atomic(f"{url}/a", b"a")
    with pytest.raises(LooseleafError, match=sentence), in_one_sentence(url):
        tables.version(url, "documents")
    with pytest.raises(LooseleafError, match=sentence), in_one_sentence(url):
        tables.commit(url, "documents", "s", [], "b/s")


def test_errors_of_a_local_disk_are_what_they_are(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError), in_one_sentence(str(tmp_path)):
        read_bytes(str(tmp_path / "nothing"))
