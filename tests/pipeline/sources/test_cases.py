from __future__ import annotations

import os
import zipfile
from pathlib import Path
from typing import Any

import pytest

from pipeline.recipe import CasesSource
from pipeline.sources.archives import Refusal
from pipeline.sources.case_folders import case_folders
from pipeline.sources.cases import CaseDocument, find_cases
from storage.errors import LooseleafError


def found(tmp_path: Path, root: object, **more: Any) -> list[CaseDocument | Refusal]:
    source = CasesSource(kind="cases", name="s", root=str(root), **more)
    return list(find_cases(source, str(tmp_path / "dataset")))


def cases(tmp_path: Path, root: object, **more: Any) -> list[CaseDocument]:
    return [each for each in found(tmp_path, root, **more) if isinstance(each, CaseDocument)]


def write(root: Path, *paths: str) -> None:
    for path in paths:
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(path)


@pytest.mark.parametrize(
    ("paths", "patterns", "expected"),
    [
        (["run1/a.inp", "run1/pics/a.png", "run2/log.simpleFoam", "notes.md"], None, ["run1", "run2"]),
        (["c/system/controlDict", "c/constant/triSurface/a.stl", "c/0/U"], None, ["c"]),
        (["system/controlDict", "0/U"], None, [""]),
        (["study/parts/a.stl", "study/run1/a.inp", "study/x.vtu"], None, ["study/parts", "study/run1"]),
        (["lib/a.stl", "lib/sub/b.stl", "other/readme.md"], None, ["lib"]),
        (["a.md", "b.png"], None, []),
        (["x/run_1/a.txt", "x/run_1/deep/b.inp", "x/other/c.inp"], ["**/run_*"], ["x/run_1"]),
        (["a.md", "b/c.md"], ["."], [""]),
        (["x/case/case/a.md"], ["**/case"], ["x/case"]),
    ],
)
def test_which_folders_are_cases(paths: list[str], patterns: list[str] | None, expected: list[str]) -> None:
    assert case_folders(paths, patterns) == expected


def test_a_case_has_all_its_files_and_changes_with_each(tmp_path: Path) -> None:
    root = tmp_path / "root"
    write(root, "run1/a.inp", "run1/pics/a.png", "run2/b.log", "loose.md", "deep/er/loose.png")
    first, second, *refusals = found(tmp_path, root)
    assert isinstance(first, CaseDocument)
    assert isinstance(second, CaseDocument)
    assert (first.path, first.uri, first.size) == ("run1", (root / "run1").as_uri(), 10 + 15)
    assert [file.path for file in first.files] == ["a.inp", "pics/a.png"]
    assert [(each.path, each.rule, each.value) for each in refusals if isinstance(each, Refusal)] == [
        (".", "in_no_case", 1.0),
        ("deep/er", "in_no_case", 1.0),
    ]
    (root / "run1/pics/a.png").write_text("changed")
    again, same = cases(tmp_path, root)
    assert again.files[0] == first.files[0]
    assert again.files[1].mark != first.files[1].mark
    assert same == second


def test_files_can_be_left_out(tmp_path: Path) -> None:
    root = tmp_path / "root"
    write(root, "run1/a.inp", "run1/scratch/x.csv", "old/b.inp")
    (only,) = cases(tmp_path, root, exclude=["**/scratch/**", "old/**"])
    assert [file.path for file in only.files] == ["a.inp"]


def test_links_out_of_the_root_are_refused_and_those_within_are_read(tmp_path: Path) -> None:
    root = tmp_path / "root"
    write(root, "run1/a.inp", "common/m.stl")
    write(tmp_path, "secret.csv", "outside/x.csv")
    (root / "run1/stolen.csv").symlink_to(tmp_path / "secret.csv")
    (root / "run1/outside").symlink_to(tmp_path / "outside")
    (root / "run1/mesh.stl").symlink_to(root / "common/m.stl")
    os.mkfifo(root / "run1/pipe.csv")
    everything = found(tmp_path, root)
    run = next(each for each in everything if isinstance(each, CaseDocument) and each.path == "run1")
    assert [file.path for file in run.files] == ["a.inp", "mesh.stl"]
    refused = {each.path: each.rule for each in everything if isinstance(each, Refusal)}
    assert refused == {"run1/stolen.csv": "outside_root", "run1/outside": "linked_folder"}


def test_cases_in_archives(tmp_path: Path) -> None:
    root = tmp_path / "root"
    root.mkdir()
    with zipfile.ZipFile(root / "runs.zip", "w") as archive:
        archive.writestr("run1/a.inp", "*NODE")
        archive.writestr("../out/b.inp", "*NODE")
    (case,) = cases(tmp_path, root)
    assert (case.path, case.inner) == ("runs.zip/run1", "run1")
    assert case.uri == (root / "runs.zip").as_uri() + "!/run1"
    (alone,) = cases(tmp_path, root / "runs.zip")
    assert (alone.path, alone.archive) == ("run1", case.archive)
    assert [each.rule for each in found(tmp_path, root) if isinstance(each, Refusal)] != []


def test_a_remote_root(tmp_path: Path) -> None:
    import fsspec

    fsspec.filesystem("memory").pipe_file("/cases-test/run/a.inp", b"*NODE")
    (case,) = cases(tmp_path, "memory://cases-test")
    assert (case.path, case.files[0].path) == ("run", "a.inp")


def test_an_empty_root_gives_nothing_and_a_missing_one_an_error(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    assert found(tmp_path, tmp_path / "empty") == []
    with pytest.raises(LooseleafError, match="no folder and no archive"):
        found(tmp_path, tmp_path / "none")
