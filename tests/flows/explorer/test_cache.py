"""What the explorer keeps: as long as somebody can look at it, and no longer."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from flows.explorer.cache import cached, prune

OLD, NEW = {"documents": 1, "images": 4}, {"documents": 2, "images": 4}


@pytest.fixture(autouse=True)
def _own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))


def kept(dataset: str, tables: dict[str, int]) -> Path:
    path = cached(dataset, tables, "catalogue.duckdb")
    path.write_text("rows")
    return path


def test_the_same_versions_have_the_same_file_and_others_another() -> None:
    assert cached("a", OLD, "x") == cached("a", dict(reversed(OLD.items())), "x")
    assert len({cached("a", OLD, "x"), cached("a", NEW, "x"), cached("b", OLD, "x")}) == 3


def test_what_was_made_from_versions_that_no_build_pins_is_deleted() -> None:
    old, new, part, other = kept("a", OLD), kept("a", NEW), kept("a", {"images": 4}), kept("b", OLD)
    prune("a", [NEW | {"elements": 7}])
    assert [path.exists() for path in (old, new, part, other)] == [False, True, True, True]


def test_what_nobody_asked_for_is_deleted_whoever_it_is_of() -> None:
    for dataset in "ab":
        path = kept(dataset, OLD)
        os.utime(path.with_name("tables.json"), (0, 0))
    asked = cached("a", OLD, "catalogue.duckdb")
    prune("a", [OLD])
    assert asked.exists()
    assert not path.exists()
