"""One document: its elements in order, what became of its pictures, why it was dropped, its original."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from PIL import Image

from tests.flows.explorer.samples import BROKEN, DOCUMENTS, HOSTILE, SHAPES, doc_id, png, sha


@pytest.mark.parametrize("number", [0, 1, 2, 17, DOCUMENTS - 1])
@pytest.mark.parametrize("limit", [1, 4, 200])
def test_elements_come_in_reading_order_whatever_the_page(
    client: TestClient, number: int, limit: int
) -> None:
    rows, start = [], 0
    while start is not None:
        page = client.get(f"/api/documents/{doc_id(number)}/elements?start={start}&limit={limit}").json()
        rows += page["rows"]
        start = page["next"]
    assert [row["position"] for row in rows] == list(range(9 if number == 1 else 6))
    assert rows[0]["text"] == f"Report {number}"
    assert rows[1]["boilerplate"]
    assert rows[4]["caption_of"] == 3
    assert rows[3]["image"]["state"] == "kept"


def test_pictures_say_what_became_of_them(client: TestClient) -> None:
    rows = client.get(f"/api/documents/{doc_id(1)}/elements").json()["rows"]
    small, broken, gone = (rows[position]["image"] for position in (6, 7, 8))
    assert (small["state"], small["reason"]["rule"]) == ("dropped", "too_small")
    assert (small["reason"]["value"], small["reason"]["threshold"]) == (20.0, 96.0)
    assert broken["state"] == "kept"
    assert (gone["state"], gone["reason"]["rule"]) == ("missing", "missing")


def test_a_dropped_document_says_why(client: TestClient) -> None:
    found = client.get(f"/api/documents/{doc_id(2)}").json()
    assert not found["kept"]
    (reason,) = found["rejections"]
    assert (reason["rule"], reason["value"], reason["threshold"]) == ("too_short", 3.0, 5.0)
    (reason,) = client.get(f"/api/documents/{doc_id(4)}").json()["rejections"]
    assert (reason["rule"], reason["position"]) == ("cookie_notice", None) or reason[
        "rule"
    ] == "cookie_notice"


def test_no_such_document(client: TestClient) -> None:
    for path in ("", "/elements", "/outline", "/original", "/original/content"):
        assert client.get(f"/api/documents/nothing{path}").status_code == 404


def test_what_was_dropped_comes_page_by_page_with_its_place(client: TestClient) -> None:
    first = client.get("/api/rejections?limit=2").json()
    second = client.get(f"/api/rejections?limit=2&after={first['next']}").json()
    rows = {row["rule"]: row for row in first["rows"] + second["rows"]}
    assert set(rows) == {"too_short", "too_small", "missing", "cookie_notice"}
    assert second["next"] is None
    assert rows["too_small"]["doc_id"] == rows["missing"]["doc_id"] == doc_id(1)
    assert rows["cookie_notice"]["position"] == 1
    assert len(client.get("/api/rejections?unit=image").json()["rows"]) == 1
    assert {rule["rule"]: rule["count"] for rule in client.get("/api/rules").json()} == dict.fromkeys(rows, 1)


@pytest.mark.parametrize("side", [16, 96, 500, 2048])
def test_a_picture_is_drawn_anew(client: TestClient, side: int) -> None:
    answer = client.get(f"/api/images/{sha(png(SHAPES[0]))}?side={side}")
    assert answer.headers["content-type"] == "image/webp"
    with Image.open(io.BytesIO(answer.content)) as drawn:
        assert max(drawn.size) <= 160
    assert "immutable" in answer.headers["cache-control"]


def test_what_does_not_decode_or_is_not_there_has_a_placeholder_that_says_so(client: TestClient) -> None:
    broken = client.get(f"/api/images/{sha(BROKEN)}")
    assert broken.headers["content-type"] == "image/svg+xml"
    assert "does not decode" in broken.text
    assert "immutable" not in broken.headers.get("cache-control", "")
    assert "is not stored" in client.get("/api/images/..etc..passwd").text
    assert client.get("/api/images/..%2f..%2fetc%2fpasswd").status_code == 404


def test_the_original_can_be_looked_at_and_cannot_run(client: TestClient) -> None:
    about = client.get(f"/api/documents/{doc_id(0)}/original").json()
    assert about["kind"] == "html"
    answer = client.get(f"/api/documents/{doc_id(0)}/original/content")
    assert HOSTILE in answer.text
    policy = answer.headers["content-security-policy"]
    assert policy.startswith("sandbox; default-src 'none'")
    assert "script-src" not in policy
    assert "allow-scripts" not in policy


def test_an_original_that_changed_is_not_shown(client: TestClient) -> None:
    about = client.get(f"/api/documents/{doc_id(3)}/original").json()
    assert about["kind"] is None
    assert client.get(f"/api/documents/{doc_id(3)}/original/content").status_code == 404


def test_a_document_that_names_a_file_elsewhere_does_not_give_it(client: TestClient, dataset: str) -> None:
    secret = Path(dataset).parent / "secret.txt"
    secret.write_text("secret")
    answer = client.get(f"/api/documents/{doc_id(3)}/original/content?path={secret}")
    assert "secret" not in answer.text
