from __future__ import annotations

import urllib.error
import urllib.request
from collections.abc import Iterator
from http.client import HTTPMessage
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from flows.page_server import page_server
from flows.pages import VARIABLE, path_of, place_of, report_url

_PLACES = st.text(st.characters(exclude_categories=("Cs",)), min_size=1)


@pytest.fixture(autouse=True, scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    with pytest.MonkeyPatch.context() as patch:
        home = tmp_path_factory.mktemp("home")
        patch.setenv("LOOSELEAF_HOME", str(home))
        yield home


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    with page_server(0) as address, pytest.MonkeyPatch.context() as patch:
        patch.setenv(VARIABLE, address)
        yield address


def _get(url: str, method: str = "GET") -> tuple[int, bytes, HTTPMessage]:
    request = urllib.request.Request(url, method=method)
    try:
        with urllib.request.urlopen(request, timeout=10) as answer:
            return answer.status, answer.read(), answer.headers
    except urllib.error.HTTPError as error:
        return error.code, error.read(), error.headers


@settings(deadline=None)
@given(place=_PLACES)
def test_a_path_leads_back_to_its_place(place: str) -> None:
    assert place_of(path_of(place)) == place


@settings(deadline=None)
@given(place=_PLACES, at=st.integers(min_value=0), to=st.characters(codec="ascii"))
def test_a_path_that_was_changed_leads_nowhere(place: str, at: int, to: str) -> None:
    path = path_of(place)
    at %= len(path)
    changed = path[:at] + to + path[at + 1 :]
    assert changed == path or place_of(changed) is None


def test_another_homes_path_leads_nowhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    mine = path_of("/dataset")
    monkeypatch.setenv("LOOSELEAF_HOME", str(tmp_path))
    assert place_of(mine) is None


def test_without_a_server_there_is_no_address(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(VARIABLE, raising=False)
    assert report_url("/dataset") is None


def test_a_report_is_shown_as_it_is_now(server: str, tmp_path: Path) -> None:
    url = report_url(str(tmp_path))
    assert url is not None
    assert url.startswith(server)
    status, body, _ = _get(url)
    assert status == 404
    assert b"not written yet" in body
    for page in (b"<p>one", b"<p>two"):
        (tmp_path / "report.html").write_bytes(page)
        status, body, headers = _get(url)
        assert (status, body) == (200, page)
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert "default-src 'none'" in headers["Content-Security-Policy"]
    assert _get(url, "HEAD")[:2] == (200, b"")


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE"])
def test_nothing_can_be_written(server: str, tmp_path: Path, method: str) -> None:
    url = report_url(str(tmp_path))
    assert url is not None
    assert _get(url, method)[0] == 501


@pytest.mark.parametrize("part", ["other.html", "../secret", "%2e%2e/secret", "report.html/..", ""])
def test_only_the_report_is_shown(server: str, tmp_path: Path, part: str) -> None:
    place = tmp_path / "run"
    place.mkdir()
    (tmp_path / "secret").write_text("secret")
    (place / "other.html").write_text("other")
    url = report_url(str(place))
    assert url is not None
    status, body, _ = _get(f"{url.rpartition('/')[0]}/{part}")
    assert status == 404
    assert b"no such page" in body


def test_the_home_page_tells_nothing(server: str) -> None:
    assert _get(server)[0] == 404
