from __future__ import annotations

import zipfile
from pathlib import Path
from typing import Any

import pytest

from pipeline.recipe import FilesSource
from pipeline.sources.archives import Refusal
from pipeline.sources.files import FileDocument, family_of, find_documents
from storage.errors import LooseleafError


def source(root: object, **more: Any) -> FilesSource:
    return FilesSource(kind="files", name="s", root=str(root), **more)


def found(tmp_path: Path, root: object, **more: Any) -> list[FileDocument | Refusal]:
    return list(find_documents(source(root, **more), str(tmp_path / "dataset")))


@pytest.fixture
def root(tmp_path: Path) -> Path:
    folder = tmp_path / "root"
    (folder / "b").mkdir(parents=True)
    (folder / "b" / "two.md").write_text("# Two")
    (folder / "a.md").write_text("# One")
    (folder / "c.txt").write_text("no")
    return folder


def test_a_folder_in_order(tmp_path: Path, root: Path) -> None:
    documents = found(tmp_path, root)
    assert [document.path for document in documents] == ["a.md", "b/two.md"]
    first = documents[0]
    assert isinstance(first, FileDocument)
    assert (first.uri, first.size) == ((root / "a.md").as_uri(), 5)
    assert found(tmp_path, root) == documents
    (root / "a.md").write_text("# Won")
    changed = found(tmp_path, root)[0]
    assert isinstance(changed, FileDocument)
    assert changed.mark != first.mark


def test_an_archive_and_archives_in_a_folder(tmp_path: Path, root: Path) -> None:
    with zipfile.ZipFile(root / "x.zip", "w") as archive:
        archive.writestr("in/three.md", "# Three")
        archive.writestr("../out.md", "# Out")
    alone = found(tmp_path, root / "x.zip")
    refusal, document = alone
    assert isinstance(refusal, Refusal)
    assert refusal.path == "../out.md"
    assert isinstance(document, FileDocument)
    assert (document.path, document.uri) == ("in/three.md", (root / "x.zip").as_uri() + "!/in/three.md")
    within = found(tmp_path, root, include=("**/*.md", "*.zip"))
    assert sorted(d.path for d in within) == ["a.md", "b/two.md", "x.zip/../out.md", "x.zip/in/three.md"]


def test_a_link_out_of_the_root_is_refused(tmp_path: Path, root: Path) -> None:
    (tmp_path / "secret.md").write_text("# Secret")
    (root / "link.md").symlink_to(tmp_path / "secret.md")
    (refusal,) = [each for each in found(tmp_path, root) if isinstance(each, Refusal)]
    assert (refusal.path, refusal.rule) == ("link.md", "outside_root")


def test_a_remote_root(tmp_path: Path) -> None:
    import fsspec

    memory = fsspec.filesystem("memory")
    memory.pipe_file("/files-test/docs/a.md", b"# A")
    (document,) = found(tmp_path, "memory://files-test")
    assert isinstance(document, FileDocument)
    assert document.path == "docs/a.md"


def test_a_missing_root_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(LooseleafError, match="does not exist"):
        found(tmp_path, tmp_path / "none")
    (tmp_path / "a.md").write_text("")
    with pytest.raises(LooseleafError, match="no archive"):
        found(tmp_path, tmp_path / "a.md")


def test_families() -> None:
    assert family_of("s", "document", "id", "a") == "id"
    assert family_of("s", "folder", "id", "a") == family_of("s", "folder", "other", "a")
    assert family_of("s", "folder", "id", "a") != family_of("t", "folder", "id", "a")
    assert family_of("s", "source", "id", "a") == family_of("s", "source", "other", "b")
    assert family_of("s", "document", "id", "a", "run") == family_of("s", "folder", "other", "b", "run")
