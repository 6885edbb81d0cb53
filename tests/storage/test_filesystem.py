from pathlib import Path

import pytest

from storage.filesystem import (
    delta_options,
    exists,
    is_local,
    join,
    list_sizes,
    local_path,
    read_bytes,
    write_bytes_atomic,
)


@pytest.mark.parametrize("scheme", ["", "file://", "memory://root"])
def test_bytes_come_back(tmp_path: Path, scheme: str) -> None:
    url = join(f"{scheme}{tmp_path}", "folder/", "file")
    assert not exists(url)
    assert list_sizes(join(f"{scheme}{tmp_path}", "folder")) == {}
    write_bytes_atomic(url, b"old and longer")
    write_bytes_atomic(url, b"new")
    assert read_bytes(url) == b"new"
    assert list_sizes(join(f"{scheme}{tmp_path}", "folder")) == {"file": 3}
    with pytest.raises(FileNotFoundError):
        read_bytes(url + "x")


def test_a_write_that_fails_leaves_what_was_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    url = str(tmp_path / "file")
    write_bytes_atomic(url, b"old")

    def fail(path: Path, target: Path) -> None:
        raise OSError("killed")

    monkeypatch.setattr(Path, "replace", fail)
    with pytest.raises(OSError, match="killed"):
        write_bytes_atomic(url, b"new")
    assert read_bytes(url) == b"old"


def test_local_and_remote_are_told_apart(tmp_path: Path) -> None:
    assert is_local("data/set")
    assert is_local("file:///data")
    assert not is_local("s3://bucket/data")
    assert not is_local("zip://a::b.zip")
    assert local_path("data") == Path.cwd() / "data"
    assert local_path(f"file://{tmp_path}") == tmp_path


def test_an_endpoint_without_encryption_is_allowed_when_it_is_asked_for(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
    assert delta_options("/data") == {}
    assert "AWS_ALLOW_HTTP" not in delta_options("s3://bucket")
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:5000")
    assert delta_options("s3://bucket")["AWS_ALLOW_HTTP"] == "true"
