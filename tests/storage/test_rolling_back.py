from pathlib import Path

import pytest

from storage import tables
from storage.builds import get_build, latest_build, list_builds, record_build
from storage.digest import dataset_digest
from storage.queries import run_query
from storage.rolling_back import roll_back
from tests.storage.conftest import ROWS, make_build, write_rows

LATER = {**ROWS, "documents": [{"doc_id": "z", "source": "one"}], "links": [{"doc_id": "z"}]}
MINED = {"embeddings": [{"modality": "text"}], "negatives": [{"modality": "text->text", "rank": 0}]}


@pytest.fixture
def dataset(tmp_path: Path) -> str:
    """Build b1, m1 mined from it, and b2 with other documents and a table more."""
    place = str(tmp_path)
    first = write_rows(place, ROWS)
    record_build(place, make_build("b1", 1, first))
    mined = {**first, **write_rows(place, MINED, "a")}
    packed = {"pack": {"shards": "shards/1"}}
    record_build(place, make_build("m1", 2, mined, parent="b1", stage="mine", stages=packed))
    record_build(place, make_build("b2", 3, write_rows(place, LATER, "1"), parent="m1"))
    return place


def digest(dataset: str, build_id: str) -> str:
    build = get_build(dataset, build_id)
    return dataset_digest(dataset, build.tables, versions=build.tables)


def test_an_earlier_build_is_the_newest_again(dataset: str) -> None:
    before = {build.build_id: digest(dataset, build.build_id) for build in list_builds(dataset)}
    build = roll_back(dataset, "b1")
    assert latest_build(dataset) == build
    assert (build.rolled_back_to, build.parent, build.stage) == ("b1", "b2", "build")
    assert build.tables == get_build(dataset, "b1").tables
    assert run_query(dataset, "select count(*) as n from documents")["n"].to_pylist() == [3]
    assert {name: digest(dataset, name) for name in before} == before


def test_the_tables_hold_it_again_for_every_other_reader(dataset: str) -> None:
    roll_back(dataset, "b1")
    build = get_build(dataset, "b1")
    assert dataset_digest(dataset, build.tables) == digest(dataset, "b1")
    assert tables.count(dataset, "links") == 0  # b1 had no such table
    assert tables.count(dataset, "embeddings") == 1  # no part of a build that is not mined


def test_what_was_mined_comes_back_with_its_shards_and_its_base(dataset: str) -> None:
    roll_back(dataset, "b2~2")
    build = roll_back(dataset, "m1")
    assert (build.rolled_back_to, build.parent, build.stage) == ("m1", "b1", "mine")
    assert build.stages["pack"]["shards"] == "shards/1"


def test_rolling_back_to_what_is_there_changes_nothing(dataset: str) -> None:
    build = roll_back(dataset, "b1")
    versions = {table: tables.version(dataset, table) for table in ROWS}
    assert roll_back(dataset, "latest") == roll_back(dataset, "b1") == build
    assert {table: tables.version(dataset, table) for table in ROWS} == versions
    assert len(list_builds(dataset)) == 4


def test_a_roll_back_can_be_rolled_back(dataset: str) -> None:
    roll_back(dataset, "b1")
    build = roll_back(dataset, "b2")
    assert build.rolled_back_to == "b2"
    assert dataset_digest(dataset, LATER) == digest(dataset, "b2")


def test_a_build_that_comes_out_as_what_was_rolled_back_to_is_not_recorded_again(dataset: str) -> None:
    build = roll_back(dataset, "m1")
    for same in ("b1", "m1"):
        assert not record_build(dataset, make_build(same, 9, {}))
    assert latest_build(dataset) == build
    assert record_build(dataset, make_build("b2", 9, {}))


@pytest.mark.parametrize("commits", range(5))
def test_a_roll_back_that_breaks_off_is_finished_by_the_next(
    dataset: str, monkeypatch: pytest.MonkeyPatch, commits: int
) -> None:
    latest = latest_build(dataset)
    left = iter(range(commits))
    restore = tables.restore

    def dying(*arguments: object, **more: object) -> int:
        if next(left, None) is None:
            raise KeyboardInterrupt
        return restore(*arguments, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(tables, "restore", dying)
    with pytest.raises(KeyboardInterrupt):
        roll_back(dataset, "b1")
    monkeypatch.undo()
    assert latest_build(dataset) == latest
    assert digest(dataset, "b2") == dataset_digest(dataset, LATER, versions=get_build(dataset, "b2").tables)
    roll_back(dataset, "b1")
    assert dataset_digest(dataset, get_build(dataset, "b1").tables) == digest(dataset, "b1")


def test_a_clock_that_runs_behind_does_not_hide_the_newest(dataset: str) -> None:
    record_build(dataset, make_build("late", 28, {}))
    record_build(dataset, make_build("behind", 2, {}))
    latest = latest_build(dataset)
    assert latest is not None
    assert latest.build_id == "behind"
