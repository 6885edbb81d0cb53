"""What the server refuses, and what its pages may do."""

from __future__ import annotations

import pytest
from fastapi.testclient import TestClient
from starlette.responses import PlainTextResponse

from flows.explorer.guarding import Guard, host_name
from tests.flows.explorer.samples import doc_id


@pytest.mark.parametrize(
    "host", ["evil.example", "127.0.0.1.evil.example", "", "evil.example:8765", "[::1", "127.1"]
)
def test_another_host_name_is_refused(client: TestClient, host: str) -> None:
    for path in ("/", "/api/overview", "/assets/explorer.js"):
        assert client.get(path, headers={"host": host}).status_code == 403


@pytest.mark.parametrize("host", ["127.0.0.1:8765", "localhost:1", "LOCALHOST", "[::1]:8765"])
def test_the_loopback_names_are_answered(client: TestClient, host: str) -> None:
    assert client.get("/api/overview", headers={"host": host}).status_code == 200


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"origin": "http://evil.example"}, 403),
        ({"origin": "null"}, 403),
        ({"origin": "http://127.0.0.1:9"}, 403),
        ({"sec-fetch-site": "cross-site", "sec-fetch-mode": "no-cors"}, 403),
        ({"origin": "http://127.0.0.1:8765", "sec-fetch-site": "same-origin"}, 200),
        ({}, 200),
    ],
)
def test_another_site_cannot_write(headers: dict[str, str], status: int) -> None:
    guarded = TestClient(Guard(PlainTextResponse("done")), base_url="http://127.0.0.1:8765")
    assert guarded.post("/", headers=headers).status_code == status


def test_every_answer_has_the_headers(client: TestClient) -> None:
    paths = (
        "/",
        "/documents",
        "/api/overview",
        "/api/documents/nothing",
        "/assets/explorer.js",
        "/assets/none",
    )
    for path in paths:
        headers = client.get(path).headers
        policy = headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["referrer-policy"] == "no-referrer"


def test_the_worker_of_the_map_may_run_what_it_brings_alone(client: TestClient) -> None:
    answer = client.get("/assets/clustering.worker.js")
    assert answer.status_code == 200
    said = "default-src 'none'; script-src 'wasm-unsafe-eval'; connect-src data:"
    assert answer.headers["content-security-policy"] == said


def test_the_page_names_nothing_of_elsewhere_and_has_nothing_inline(client: TestClient) -> None:
    page = client.get("/documents").text
    assert "http:" not in page
    assert "https:" not in page
    assert "<style" not in page
    assert page.count("<script") == page.count('<script type="module" src="/assets/') == 1


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH"])
@pytest.mark.parametrize(
    "path", ["/api/documents", "/api/facets", f"/api/documents/{doc_id(0)}", "/api/overview"]
)
def test_the_tables_are_not_written(client: TestClient, method: str, path: str) -> None:
    assert client.request(method, path).status_code == 405


@pytest.mark.parametrize(
    "path", ["/assets/../app.py", "/assets/..%2fapp.py", "/assets/%2e%2e/app.py", "/..%2f..%2fetc/passwd"]
)
def test_no_file_beside_the_assets_is_given(client: TestClient, path: str) -> None:
    answer = client.get(path)
    assert "create_app" not in answer.text
    assert "root:" not in answer.text


def test_host_names() -> None:
    assert host_name("[::1]:80") == "::1"
    assert host_name("Localhost:80") == "localhost"
    assert host_name("[") == ""
