from pathlib import Path

import pytest

from storage import tables
from storage.builds import get_build, latest_build, list_builds, record_build
from storage.errors import LooseleafError
from tests.storage.conftest import make_build


@pytest.fixture
def dataset(tmp_path: Path) -> str:
    return str(tmp_path)


def test_a_build_comes_back_as_it_was_recorded(dataset: str) -> None:
    build = make_build(
        "b1", 1, {"documents": 3}, counts={"documents": 7}, stages={"extract": {"seconds": 1.5}}
    )
    assert latest_build(dataset) is None
    assert record_build(dataset, build)
    assert latest_build(dataset) == get_build(dataset, "b1") == build


def test_a_build_is_recorded_once(dataset: str) -> None:
    assert record_build(dataset, make_build("b1", 1, {}))
    assert not record_build(dataset, make_build("b1", 2, {}))
    assert tables.version(dataset, "builds") == 1
    assert len(list_builds(dataset)) == 1


def test_a_build_that_was_overtaken_becomes_the_latest_again(dataset: str) -> None:
    for build_id, day in (("b1", 1), ("b2", 2), ("b1", 3)):
        assert record_build(dataset, make_build(build_id, day, {"documents": day}, parent="b0"))
    assert [build.build_id for build in list_builds(dataset)] == ["b2", "b1"]
    assert [build.tables["documents"] for build in list_builds(dataset)] == [2, 3]


def test_a_build_does_not_overtake_what_was_mined_from_it(dataset: str) -> None:
    record_build(dataset, make_build("b1", 1, {}))
    record_build(dataset, make_build("m1", 2, {}, parent="b1", stage="mine"))
    assert not record_build(dataset, make_build("b1", 3, {}))
    latest = latest_build(dataset)
    assert latest is not None
    assert latest.build_id == "m1"


def test_an_unknown_build_is_named(dataset: str) -> None:
    with pytest.raises(LooseleafError, match=r"'b7'.*none yet"):
        get_build(dataset, "b7")
