"""The same dataset in a bucket gives the same answers as on disk; the store is a stand-in on loopback."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from storage import tables
from storage.builds import record_build
from storage.comparing.builds import compare_builds
from storage.digest import dataset_digest
from storage.errors import LooseleafError
from storage.queries import connect, run_query
from storage.results import json_rows
from storage.rolling_back import roll_back
from storage.schemas import table_of
from storage.shards import open_shards, write_shards
from storage.staging import publish_staging, staging_batches, write_staging
from storage.tags import set_tag
from storage.vacuuming.vacuum import vacuum
from tests.storage.conftest import ROWS, make_build, write_rows
from tests.storage.promoting import one_has_its_way
from tests.storage.s3_environment import moto_bucket
from tests.storage.test_shards import BLOCKS, SPEC


@pytest.fixture(scope="module")
def bucket() -> Iterator[str]:
    with moto_bucket() as found:
        yield found


def test_a_query_gives_the_same_answer_as_on_disk(
    bucket: str, tmp_path: Path, fill: Callable[[str], None]
) -> None:
    local, remote = str(tmp_path), f"{bucket}/same"
    fill(local)
    fill(remote)
    count = "select source, count(*) from documents group by 1 order by 1"
    assert (
        json_rows(run_query(local, count)) == json_rows(run_query(remote, count)) == [["one", 2], ["two", 1]]
    )
    with connect(local) as here, connect(remote) as there:
        for sql in (
            "select * from image_references order by 1",
            "select image_id, bytes, mime from kept_images",
            "select * from documents_with_counts order by doc_id",
            "select * from figures order by doc_id, position",
            "select count(*) from negatives",
        ):
            assert here.sql(sql).fetchall() == there.sql(sql).fetchall()
    assert dataset_digest(local, ROWS) == dataset_digest(remote, ROWS)


def test_commits_at_once_all_count(bucket: str) -> None:
    dataset = f"{bucket}/race"
    rows = table_of("documents", [{"doc_id": "a"}])
    stages = [f"s{number % 4}" for number in range(8)]
    parts = {stage: tables.write_part(dataset, "documents", f"{stage}-a", rows) for stage in set(stages)}
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda s: tables.commit(dataset, "documents", s, [parts[s]], f"b/{s}"), stages))
    assert tables.count(dataset, "documents") == 4
    # One version a stage; two writers that find no table may both create it, which leaves one without files.
    assert tables.version(dataset, "documents") in (4, 5)


def test_staging_is_read_back(bucket: str) -> None:
    dataset = f"{bucket}/staged"
    rows = table_of("links", [{"doc_id": "a"}])
    publish_staging(dataset, "extract", [write_staging(dataset, "found", "extract-a", rows)])
    assert [batch.num_rows for batch in staging_batches(dataset, "found")] == [1]
    publish_staging(dataset, "extract", [])
    assert list(staging_batches(dataset, "found")) == []


def test_shards_are_read_through_the_cache(
    bucket: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    write_shards(f"{bucket}/shards", BLOCKS, SPEC)
    reader = open_shards(f"{bucket}/shards")
    assert [text for number in range(3) for text in reader.block(number).texts] == [
        text for block in BLOCKS for document in block for text in document.text
    ]


def test_of_two_writers_of_a_tag_one_has_its_way(bucket: str) -> None:
    assert one_has_its_way(f"{bucket}/tagged", 4)


def test_versions_behave_as_on_disk(bucket: str, tmp_path: Path) -> None:
    """Differences, roll-back and vacuum: a bucket has no links, no renames, and times of whole seconds."""
    told = []
    for dataset in (str(tmp_path / "data"), f"{bucket}/versions"):
        record_build(dataset, make_build("aaaa", 1, write_rows(dataset, ROWS)))
        later = {"documents": [{"doc_id": "z"}], "groups": [{"group_id": "h", "kind": "document"}]}
        record_build(dataset, make_build("bbbb", 2, {**write_rows(dataset, later, "1")}))
        found = compare_builds(dataset, "aaaa", "latest")
        set_tag(dataset, "good", roll_back(dataset, "aaaa").build_id)
        taken = vacuum(dataset, 1, timedelta(0))
        # The newest build and the tag are one state: what came in between goes.
        assert taken.taken == ("aaaa", "bbbb")
        digest = dataset_digest(dataset, ROWS)
        rows = json_rows(run_query(dataset, "select * from documents order by doc_id", "good"))
        told.append((replace(found, dataset=""), taken.files, digest, rows))
        with pytest.raises(LooseleafError, match="a vacuum has taken its files"):
            run_query(dataset, "select 1", "bbbb")
    assert told[0] == told[1]
    assert told[0][1] == {"documents": 1, "groups": 1}
