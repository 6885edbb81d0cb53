from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from storage.builds import record_build
from storage.compare_and_swap import read_state, update_state
from storage.errors import LooseleafError
from storage.tags import delete_tag, read_tags, set_tag
from tests.storage.conftest import make_build
from tests.storage.promoting import one_has_its_way


@pytest.fixture
def dataset(tmp_path: Path) -> str:
    for day, name in enumerate(("b1", "b2"), start=1):
        record_build(str(tmp_path), make_build(name, day, {}))
    return str(tmp_path)


def test_tags_name_builds_and_runs(dataset: str) -> None:
    assert read_tags(dataset) == {}
    first = set_tag(dataset, "released", "b1", note="to the team")
    run = set_tag(dataset, "best", "/runs/1", "run")
    assert read_tags(dataset) == {"best": run, "released": first}
    assert (first.kind, first.target, first.note) == ("build", "b1", "to the team")


def test_the_same_tag_again_changes_nothing(dataset: str) -> None:
    first = set_tag(dataset, "best", "b1")
    assert set_tag(dataset, "best", "b1") == first
    assert len(list((Path(dataset) / "tags").iterdir())) == 1


def test_a_tag_moves_only_when_that_is_meant(dataset: str) -> None:
    first = set_tag(dataset, "best", "b1")
    with pytest.raises(LooseleafError, match=r"best .* stands for build b1 already: give --force"):
        set_tag(dataset, "best", "b2")
    assert set_tag(dataset, "best", "b2", replaces=first).target == "b2"
    with pytest.raises(LooseleafError, match="stands for build b2 already"):
        set_tag(dataset, "best", "/runs/1", "run", replaces=first)
    assert set_tag(dataset, "best", "/runs/1", "run", force=True).kind == "run"


def test_a_tag_that_was_compared_with_must_still_be_there(dataset: str) -> None:
    first = set_tag(dataset, "best", "b1")
    assert delete_tag(dataset, "best") == first
    with pytest.raises(LooseleafError, match="was deleted meanwhile"):
        set_tag(dataset, "best", "b2", replaces=first)
    with pytest.raises(LooseleafError, match=r"no tag 'best'.*none yet"):
        delete_tag(dataset, "best")


@pytest.mark.parametrize("name", ["latest", "", "a b", "../x", "a" * 65, "-x", "a~1", "0123456789abcdef"])
def test_a_name_that_means_something_else_is_refused(dataset: str, name: str) -> None:
    with pytest.raises(LooseleafError, match="No tag can be called"):
        set_tag(dataset, name, "b1")


def test_a_build_that_is_not_there_cannot_be_tagged(dataset: str) -> None:
    with pytest.raises(LooseleafError, match="no build 'b7'"):
        set_tag(dataset, "best", "b7")


def test_of_two_promotions_at_once_one_has_its_way(dataset: str) -> None:
    """Both saw the same best run: the second must look again before it takes the name."""
    assert one_has_its_way(dataset, 8)


def test_changes_at_once_all_count(tmp_path: Path) -> None:
    def add(number: int) -> object:
        return update_state(str(tmp_path), lambda state: {**state, f"n{number}": number})

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(add, range(24)))
    assert read_state(str(tmp_path)) == {f"n{number}": number for number in range(24)}


def test_a_half_written_state_is_never_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A process that dies before its file has its name leaves what was there."""
    update_state(str(tmp_path), lambda _state: {"a": 1})

    def die(*_names: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("os.link", die)
    with pytest.raises(KeyboardInterrupt):
        update_state(str(tmp_path), lambda _state: {"a": 2})
    monkeypatch.undo()
    assert read_state(str(tmp_path)) == {"a": 1}
    assert [path.name for path in tmp_path.iterdir()] == ["00000001.json"]
