from __future__ import annotations

import zipfile
from pathlib import Path
from typing import Any

import pytest

from pipeline.recipe import FilesSource
from pipeline.sources.archives import Refusal
from pipeline.sources.files import MAX_DEPTH, FileDocument, family_of, find_documents
from storage.errors import LooseleafError
from tests.documents import tarred, zipped


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


def test_archives_within_archives(tmp_path: Path, root: Path) -> None:
    (root / "c.txt").unlink()
    inner = zipped({"deep/three.docx": b"PK", "../out.md": "# Out"})
    middle = tarred({"middle.zip": inner, "two.pptx": b"PK"}, "gz")
    (root / "outer.zip").write_bytes(zipped({"inner.tar.gz": middle, "x.md": "# X"}))
    documents = found(tmp_path, root)
    assert [d.path for d in documents] == [
        "a.md",
        "outer.zip/inner.tar.gz/middle.zip/../out.md",
        "outer.zip/inner.tar.gz/middle.zip/deep/three.docx",
        "outer.zip/inner.tar.gz/two.pptx",
        "outer.zip/x.md",
        "b/two.md",
    ]
    deep = documents[2]
    assert isinstance(deep, FileDocument)
    outer = (root / "outer.zip").as_uri()
    assert deep.uri == f"{outer}!/inner.tar.gz!/middle.zip!/deep/three.docx"
    assert isinstance(documents[1], Refusal)
    assert found(tmp_path, root) == documents


def test_archives_are_opened_down_to_a_limit(tmp_path: Path) -> None:
    data = zipped({"bottom.md": "# Bottom"})
    for level in range(MAX_DEPTH):
        data = zipped({"next.zip": data, f"level{MAX_DEPTH - level}.md": "# L"})
    (tmp_path / "top.zip").write_bytes(data)
    documents = found(tmp_path, tmp_path / "top.zip")
    paths = [d.path.rpartition("/")[2] for d in documents if isinstance(d, FileDocument)]
    assert sorted(paths) == [f"level{n}.md" for n in range(1, MAX_DEPTH + 1)]
    (refusal,) = [d for d in documents if isinstance(d, Refusal)]
    assert (refusal.rule, refusal.value, refusal.threshold) == ("nested_too_deeply", MAX_DEPTH, MAX_DEPTH)


def test_nested_archives_share_one_limit_of_bytes(tmp_path: Path) -> None:
    parts = {f"{n}.zip": zipped({"a.md": f"# {n}" + "x" * 40_000}) for n in range(5)}
    (tmp_path / "top.zip").write_bytes(zipped(parts))
    documents = found(tmp_path, tmp_path / "top.zip", max_unpacked_bytes=100_000)
    kept = [d for d in documents if isinstance(d, FileDocument)]
    assert 0 < sum(d.size for d in kept) <= 100_000
    rules = {d.rule for d in documents if isinstance(d, Refusal)}
    assert rules == {"archive_too_large"}
    assert len(kept) == 2


def test_documents_that_are_zip_archives_are_not_unpacked(tmp_path: Path, root: Path) -> None:
    for name in ("w.docx", "p.pptx", "b.epub"):
        (root / name).write_bytes(zipped({"inside.md": "# Inside"}))
    paths = [d.path for d in found(tmp_path, root)]
    assert sorted(paths) == ["a.md", "b.epub", "b/two.md", "p.pptx", "w.docx"]


def test_plain_text_is_read_only_when_it_is_named(tmp_path: Path, root: Path) -> None:
    assert "c.txt" not in [d.path for d in found(tmp_path, root)]
    assert [d.path for d in found(tmp_path, root, include=("**/*.txt",))] == ["c.txt"]
