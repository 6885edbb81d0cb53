from pathlib import Path

import pytest

from storage.builds import record_build
from storage.errors import LooseleafError
from storage.references import resolve_build
from storage.tags import set_tag
from tests.storage.conftest import make_build

IDS = ("aaaa1111", "aaaa2222", "bbbb3333", "cafe4444")


@pytest.fixture
def dataset(tmp_path: Path) -> str:
    for day, name in enumerate(IDS, start=1):
        record_build(str(tmp_path), make_build(name, day, {}))
    set_tag(str(tmp_path), "good", "aaaa2222")
    set_tag(str(tmp_path), "cafe", "aaaa1111")
    set_tag(str(tmp_path), "best", "/runs/1", "run")
    return str(tmp_path)


@pytest.mark.parametrize(
    ("reference", "build_id"),
    [
        ("aaaa1111", "aaaa1111"),
        ("bbbb", "bbbb3333"),
        ("good", "aaaa2222"),
        ("cafe", "aaaa1111"),  # a tag goes before the beginning of an id
        ("latest", "cafe4444"),
        ("latest~0", "cafe4444"),
        ("latest~", "bbbb3333"),
        ("latest~1", "bbbb3333"),
        ("latest~3", "aaaa1111"),
        ("good~1", "aaaa1111"),
    ],
)
def test_a_reference_names_a_build(dataset: str, reference: str, build_id: str) -> None:
    assert resolve_build(dataset, reference).build_id == build_id


@pytest.mark.parametrize(
    ("reference", "said"),
    [
        ("aaaa", r"beginning of several builds .*aaaa1111, aaaa2222"),
        ("aaa", r"no build 'aaa': choose one of best, cafe, good, aaaa1111"),
        ("latest~4", "only 3 were made before cafe4444"),
        ("good~2", "only 1 were made before aaaa2222"),
        ("best", "names the run /runs/1 and no build"),
        ("", "no build ''"),
        ("~1", "no build '~1'"),
    ],
)
def test_a_reference_that_names_none_says_why(dataset: str, reference: str, said: str) -> None:
    with pytest.raises(LooseleafError, match=said):
        resolve_build(dataset, reference)


def test_a_dataset_without_builds_says_so(tmp_path: Path) -> None:
    with pytest.raises(LooseleafError, match="nor any other"):
        resolve_build(str(tmp_path), "latest")
