from __future__ import annotations

from pathlib import Path

import pytest

from pipeline.extract.element import Element
from pipeline.extract.html import read_html
from pipeline.extract.local import REFUSED, Home, resolve_local


@pytest.fixture
def home(tmp_path: Path) -> Home:
    root = tmp_path / "root"
    (root / "docs" / "deep").mkdir(parents=True)
    (root / "docs" / "_static").mkdir()
    for name in ("docs/deep/a b%.png", "docs/_static/s.png", "docs/w.svg", "docs/w.png"):
        (root / name).write_bytes(b"x")
    (tmp_path / "secret.png").write_bytes(b"x")
    (root / "docs" / "link.png").symlink_to(tmp_path / "secret.png")
    return Home(str(root / "docs" / "deep" / "page.html"), str(root))


def resolve(home: Home, reference: str) -> tuple[Element, str | None]:
    (element,) = read_html(f'<img src="{reference}">'.encode(), home.url).elements
    return resolve_local(element, home)


@pytest.mark.parametrize(
    ("reference", "file"),
    [
        ("a%20b%25.png", "docs/deep/a b%.png"),
        ("../w.png", "docs/w.png"),
        ("/_static/s.png", "docs/_static/s.png"),
        ("../w.*", "docs/w.png"),
        ("missing.png", "docs/deep/missing.png"),
        ("http://x.org/a.png", None),
    ],
)
def test_references_become_files(home: Home, reference: str, file: str | None) -> None:
    element, refused = resolve(home, reference)
    expected = reference if file is None else Path(home.root, file).as_uri()
    assert (element.image_url, refused) == (expected, None)


@pytest.mark.parametrize(
    "reference", ["../../../secret.png", "../link.png", "file:///../secret.png", "s3://b/x.png"]
)
def test_nothing_outside_the_root_is_named(home: Home, reference: str) -> None:
    element, refused = resolve(home, reference)
    assert all(url.startswith(Path(home.root).as_uri()) for url in element.image_candidates)
    if refused is not None:
        assert element.image_candidates == ()
        assert (element.image_url or "").startswith(REFUSED)


def test_escapes_are_told(home: Home) -> None:
    assert resolve(home, "../../../secret.png")[1] is not None
    assert resolve(home, "../link.png")[1] is not None


def test_a_web_page_names_no_local_file() -> None:
    (element,) = read_html(b"<img src='file:///etc/passwd'>", "http://x.org/").elements
    element, refused = resolve_local(element, None)
    assert refused == "file:///etc/passwd"
    assert element.image_candidates == ()
