"""Fetching the real documents of the demo."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Any

import pytest

from flows.demo.corpora import CORPORA, cache_folder, fetch_corpora, sources_of
from pipeline.recipe import recipe_from_dict
from storage.errors import LooseleafError

_TWO = CORPORA[:2]


def _named(command: list[str]) -> tuple[str, Path]:
    return command[-1].replace("==", "-"), Path(command[command.index("--dest") + 1])


def test_archives_are_downloaded_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []

    def pip(command: list[str], **_: Any) -> subprocess.CompletedProcess[str]:
        name, folder = _named(command)
        asked.append(name)
        (folder / f"{name}.tar.gz").write_bytes(b"archive")
        return subprocess.CompletedProcess(command, 0, "", "")

    monkeypatch.setattr(subprocess, "run", pip)
    first = fetch_corpora(_TWO, tmp_path)
    assert [path.name for path in first] == [corpus.archive for corpus in _TWO]
    assert all(path.read_bytes() == b"archive" for path in first)
    assert fetch_corpora(_TWO, tmp_path) == first
    assert sorted(asked) == sorted(f"{corpus.name}-{corpus.version}" for corpus in _TWO)
    assert sorted(tmp_path.iterdir()) == sorted(first)


def test_a_missing_build_backend_is_had_by_isolation(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def pip(command: list[str], **_: Any) -> subprocess.CompletedProcess[str]:
        if "--no-build-isolation" in command:
            return subprocess.CompletedProcess(command, 1, "", "ERROR: no module named flit_core")
        name, folder = _named(command)
        (folder / f"{name}.tar.gz").write_bytes(b"archive")
        return subprocess.CompletedProcess(command, 0, "", "")

    monkeypatch.setattr(subprocess, "run", pip)
    assert fetch_corpora(_TWO[:1], tmp_path)[0].is_file()


def test_an_index_that_cannot_be_reached_is_said_in_one_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    said = "WARNING: Retrying\nERROR: No matching distribution found for build123d==0.13.0\n"
    monkeypatch.setattr(
        subprocess, "run", lambda command, **_: subprocess.CompletedProcess(command, 1, "", said)
    )
    with pytest.raises(
        LooseleafError, match=r"build123d 0\.13\.0 cannot be downloaded \(No matching"
    ) as error:
        fetch_corpora(_TWO[:1], tmp_path)
    assert "\n" not in str(error.value)
    assert not list(tmp_path.iterdir())


def test_the_cache_is_where_the_user_says(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert cache_folder() == tmp_path / "looseleaf" / "demo"


def test_sources_make_a_recipe(tmp_path: Path) -> None:
    archives = [tmp_path / corpus.archive for corpus in CORPORA]
    recipe = recipe_from_dict({"name": "demo", "sources": sources_of(CORPORA, archives)})
    assert [source.name for source in recipe.sources] == [corpus.name for corpus in CORPORA]
