from __future__ import annotations

import io
import random
import tarfile
import zipfile
from pathlib import Path

import pytest

from pipeline.sources import archives
from pipeline.sources.archives import Unpacked, unpack
from storage.errors import LooseleafError

LIMIT = 10_000_000
CONTENT = bytes(range(256)) * 400


def tar(
    path: Path, members: dict[str, bytes], mode: str = "w:gz", odd: tuple[tarfile.TarInfo, ...] = ()
) -> Path:
    with tarfile.open(path, mode) as archive:  # type: ignore[call-overload]
        for name, data in members.items():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
        for info in odd:
            archive.addfile(info)
    return path


def zipped(path: Path, members: dict[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> Path:
    with zipfile.ZipFile(path, "w", method) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return path


def files(unpacked: Unpacked) -> dict[str, bytes]:
    folder = Path(unpacked.folder)
    return {str(p.relative_to(folder)): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()}


MEMBERS = {"a/one.md": b"# One", "a/two.png": CONTENT, "three.md": b""}


@pytest.mark.parametrize("suffix", ["tar", "tar.gz", "tar.bz2", "tar.xz", "zip"])
def test_members_become_files(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"x.{suffix}"
    if suffix == "zip":
        zipped(path, MEMBERS)
    else:
        tar(path, MEMBERS, "w:" + suffix.partition(".")[2])
    unpacked = unpack(str(path), str(tmp_path / "d"), LIMIT)
    assert files(unpacked) == MEMBERS
    assert unpacked.refusals == ()


@pytest.mark.parametrize("name", ["../out.md", "/out.md", "a/../../out.md", "..\\out.md", "C:\\out.md"])
@pytest.mark.parametrize("kind", ["tar", "zip"])
def test_no_member_leaves_the_folder(tmp_path: Path, name: str, kind: str) -> None:
    members = {name: b"bad", "good.md": b"good"}
    path = tar(tmp_path / "x.tar.gz", members) if kind == "tar" else zipped(tmp_path / "x.zip", members)
    unpacked = unpack(str(path), str(tmp_path / "d"), LIMIT)
    assert files(unpacked) == {"good.md": b"good"}
    assert [refusal.rule for refusal in unpacked.refusals] == ["path_traversal"]
    assert not list(tmp_path.rglob("out.md"))


def test_links_and_devices_are_refused(tmp_path: Path) -> None:
    odd = []
    for name, kind in (
        ("s", tarfile.SYMTYPE),
        ("h", tarfile.LNKTYPE),
        ("d", tarfile.CHRTYPE),
        ("f", tarfile.FIFOTYPE),
    ):
        info = tarfile.TarInfo(name)
        info.type, info.linkname = kind, "/etc/passwd"
        odd.append(info)
    unpacked = unpack(str(tar(tmp_path / "x.tar", {"a": b"a"}, "w", tuple(odd))), str(tmp_path / "d"), LIMIT)
    assert files(unpacked) == {"a": b"a"}
    assert [(r.path, r.rule) for r in unpacked.refusals] == [(name, "not_a_file") for name in "shdf"]


@pytest.mark.parametrize("suffix", ["tar", "tar.gz", "zip"])
@pytest.mark.parametrize("share", [0.3, 0.6, 0.9])
def test_what_stands_before_the_break_is_read(tmp_path: Path, suffix: str, share: float) -> None:
    members = {f"{n}.bin": random.Random(n).randbytes(30_000) for n in range(1, 9)}
    path = tmp_path / f"x.{suffix}"
    if suffix == "zip":
        zipped(path, members, zipfile.ZIP_STORED if share == 0.6 else zipfile.ZIP_DEFLATED)
    else:
        tar(path, members, "w:" + suffix.partition(".")[2])
    path.write_bytes(path.read_bytes()[: int(path.stat().st_size * share)])
    unpacked = unpack(str(path), str(tmp_path / "d"), LIMIT)
    found = files(unpacked)
    assert 0 < len(found) < len(members)
    assert all(members[name] == data for name, data in found.items())
    assert unpacked.refusals[-1].rule == "truncated_archive"


def test_bytes_are_limited(tmp_path: Path) -> None:
    path = tar(tmp_path / "x.tar.gz", {"a": b"a" * 1000, "b": b"b" * 5000})
    unpacked = unpack(str(path), str(tmp_path / "d"), 2000)
    assert list(files(unpacked)) == ["a"]
    assert unpacked.refusals[0].rule == "archive_too_large"


def test_a_bomb_is_stopped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archives, "RATIO_FROM", 100_000)
    path = zipped(tmp_path / "x.zip", {"bomb": bytes(3_000_000)})
    unpacked = unpack(str(path), str(tmp_path / "d"), LIMIT)
    assert files(unpacked) == {}
    assert unpacked.refusals[0].rule == "archive_too_large"


def test_unpacked_once_and_again_after_a_kill(tmp_path: Path) -> None:
    path = tar(tmp_path / "x.tar.gz", MEMBERS)
    first = unpack(str(path), str(tmp_path / "d"), LIMIT)
    marker = Path(f"{first.folder}.json")
    stamp = (Path(first.folder) / "three.md").stat().st_mtime_ns
    assert unpack(str(path), str(tmp_path / "d"), LIMIT) == first
    assert (Path(first.folder) / "three.md").stat().st_mtime_ns == stamp
    marker.unlink()
    (Path(first.folder) / "a" / "one.md").write_bytes(b"half")
    assert unpack(str(path), str(tmp_path / "d"), LIMIT) == first
    assert files(first) == MEMBERS


def test_no_archive_at_all(tmp_path: Path) -> None:
    path = tmp_path / "x.tar.gz"
    path.write_bytes(b"nothing of the kind")
    assert unpack(str(path), str(tmp_path / "d"), LIMIT).refusals[0].rule == "truncated_archive"
    with pytest.raises(LooseleafError, match="does not exist"):
        unpack(str(tmp_path / "no.zip"), str(tmp_path / "d"), LIMIT)


def entry(name: str, kind: bytes = tarfile.REGTYPE, link: str = "") -> tarfile.TarInfo:
    info = tarfile.TarInfo(name)
    info.type, info.linkname = kind, link
    return info


ODD_NAMES = {
    "absolute": ("/etc/out.md", "path_traversal"),
    "absolute, twice": ("//etc/out.md", "path_traversal"),
    "above": ("../out.md", "path_traversal"),
    "above, from within": ("a/b/../../../out.md", "path_traversal"),
    "above, with backslashes": ("a\\..\\..\\out.md", "path_traversal"),
    "a share": ("\\\\server\\share\\out.md", "path_traversal"),
    "a drive": ("C:/out.md", "path_traversal"),
    "a drive without a folder": ("C:out.md", "path_traversal"),
    "a very long name": ("x" * 300 + "/out.md", "unwritable_name"),
    "a very long name in letters of three bytes": ("€" * 90 + "/out.md", "unwritable_name"),
    "a very deep name": ("d/" * 3000 + "out.md", "unwritable_name"),
    "a dot": (".", "unwritable_name"),
}


@pytest.mark.parametrize("name", ODD_NAMES)
@pytest.mark.parametrize("kind", ["tar", "zip"])
def test_names_that_lead_elsewhere_are_refused_and_the_rest_is_read(
    tmp_path: Path, name: str, kind: str
) -> None:
    member, rule = ODD_NAMES[name]
    members = {member: b"bad", "good.md": b"good"}
    path = tar(tmp_path / "x.tar", members, "w") if kind == "tar" else zipped(tmp_path / "x.zip", members)
    unpacked = unpack(str(path), str(tmp_path / "d"), LIMIT)
    assert files(unpacked) == {"good.md": b"good"}
    assert [refusal.rule for refusal in unpacked.refusals] == [rule]
    assert not list(tmp_path.rglob("out.md"))


def test_a_name_with_a_zero_in_it_writes_nothing_but_its_own_file(tmp_path: Path) -> None:
    path = zipped(tmp_path / "x.zip", {"aXb.md": b"bad", "good.md": b"good"})
    path.write_bytes(path.read_bytes().replace(b"aXb.md", b"a\0b.md"))
    found = files(unpack(str(path), str(tmp_path / "d"), LIMIT))
    assert found["good.md"] == b"good"
    assert set(found) <= {"a", "good.md"}, "zip readers end a name at its zero"


@pytest.mark.parametrize("target", ["..", "/tmp", "../../.."])
def test_nothing_is_written_through_a_link(tmp_path: Path, target: str) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    link = str(outside) if target == "/tmp" else target
    path = tmp_path / "x.tar"
    with tarfile.open(path, "w") as archive:
        archive.addfile(entry("way", tarfile.SYMTYPE, link))
        archive.addfile(entry("hard", tarfile.LNKTYPE, "way/out.md"))
        info = entry("way/out.md")
        info.size = 3
        archive.addfile(info, io.BytesIO(b"bad"))
    unpacked = unpack(str(path), str(tmp_path / "d"), LIMIT)
    assert not list(outside.iterdir())
    assert files(unpacked) == {"way/out.md": b"bad"}
    folder = Path(unpacked.folder)
    assert not (folder / "way").is_symlink()
    assert [refusal.rule for refusal in unpacked.refusals] == ["not_a_file"] * 2
    assert all(found.is_relative_to(folder) for found in tmp_path.rglob("out.md"))


def test_a_link_in_a_zip_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "x.zip"
    with zipfile.ZipFile(path, "w") as archive:
        info = zipfile.ZipInfo("way")
        info.external_attr = 0o120777 << 16
        archive.writestr(info, "/etc/passwd")
        archive.writestr("good.md", b"good")
    unpacked = unpack(str(path), str(tmp_path / "d"), LIMIT)
    assert files(unpacked) == {"good.md": b"good"}
    assert [refusal.rule for refusal in unpacked.refusals] == ["not_a_file"]


@pytest.mark.parametrize("kind", [tarfile.CHRTYPE, tarfile.BLKTYPE, tarfile.FIFOTYPE, b"Z"])
def test_no_device_is_made(tmp_path: Path, kind: bytes) -> None:
    path = tar(tmp_path / "x.tar", {"good.md": b"good"}, "w", (entry("odd", kind),))
    folder = Path(unpack(str(path), str(tmp_path / "d"), LIMIT).folder)
    assert all(found.is_file() or found.is_dir() for found in folder.rglob("*"))


def test_names_that_differ_in_case_alone_stay_two(tmp_path: Path) -> None:
    members = {"Read.md": b"one", "read.md": b"two"}
    assert files(unpack(str(zipped(tmp_path / "x.zip", members)), str(tmp_path / "d"), LIMIT)) == members


def test_a_file_where_a_folder_is_wanted_is_refused(tmp_path: Path) -> None:
    path = tar(tmp_path / "x.tar", {"a": b"file", "a/b.md": b"inside", "good.md": b"good"}, "w")
    unpacked = unpack(str(path), str(tmp_path / "d"), LIMIT)
    assert files(unpacked) == {"a": b"file", "good.md": b"good"}
    assert [refusal.rule for refusal in unpacked.refusals] == ["unwritable_name"]
