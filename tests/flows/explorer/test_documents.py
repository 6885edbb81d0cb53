"""Lists of documents: every page once, filters and their counts, hostile words."""

from __future__ import annotations

from typing import Any

import pytest
from fastapi.testclient import TestClient

from tests.flows.explorer.samples import DOCUMENTS, HOSTILE, doc_id


def pages(client: TestClient, path: str) -> list[dict[str, Any]]:
    """Return the rows of all pages of a list."""
    rows: list[dict[str, Any]] = []
    following: str | None = ""
    while following is not None:
        page = client.get(path + (f"&after={following}" if following else "")).json()
        rows += page["rows"]
        following = page["next"]
    return rows


@pytest.mark.parametrize("sort", ["path", "name", "words", "images", "elements", "groups", "bytes"])
@pytest.mark.parametrize("descending", ["true", "false"])
def test_pages_give_every_document_once_and_in_order(client: TestClient, sort: str, descending: str) -> None:
    path = f"/api/documents?sort={sort}&descending={descending}"
    rows = pages(client, f"{path}&limit=7")
    assert sorted(row["doc_id"] for row in rows) == sorted(doc_id(i) for i in range(DOCUMENTS))
    assert rows == client.get(f"{path}&limit=200").json()["rows"]
    if sort == "words":
        words = [row["n_words"] for row in rows]
        assert words == sorted(words, reverse=descending == "true")


@pytest.mark.parametrize(
    ("query", "passes"),
    [
        ("source=notes", lambda number: number % 5 == 0),
        ("language=de", lambda number: number % 3 == 0),
        ("state=dropped", lambda number: number == 2),
        ("state=kept&source=notes&language=de", lambda number: number % 15 == 0),
        ("rule=document:too_short", lambda number: number == 2),
        ("rule=image:too_small", lambda number: number == 1),
        ("rule=image_url:missing", lambda number: number == 1),
        ("rule=element:cookie_notice", lambda number: number == 4),
        ("min_words=100&max_words=150", lambda number: 10 <= number <= 15),
        ("min_images=2", lambda number: number == 1),
        ("text=REPORT%2012", lambda number: number == 12),
        ("text=%27%20or%201=1%20--", lambda number: False),
        ("source=%27%3B%20drop%20table%20documents", lambda number: False),
    ],
)
def test_filters_narrow_the_list_and_the_counts_agree(client: TestClient, query: str, passes: Any) -> None:
    expected = {doc_id(number) for number in range(DOCUMENTS) if passes(number)}
    rows = pages(client, f"/api/documents?limit=50&{query}")
    assert {row["doc_id"] for row in rows} == expected
    facets = client.get(f"/api/facets?{query}").json()
    assert facets["total"] == len(expected)


def test_a_facet_counts_what_another_choice_in_it_would_give(client: TestClient) -> None:
    facets = client.get("/api/facets?language=de").json()
    for value in facets["language"]:
        chosen = client.get(f"/api/facets?language={value['value']}").json()
        assert chosen["total"] == value["count"]
    for value in facets["source"]:
        assert (
            client.get(f"/api/facets?language=de&source={value['value']}").json()["total"] == value["count"]
        )
    assert sum(bar["count"] for bar in facets["words"]) == facets["total"]


@pytest.mark.parametrize("cursor", ["x", "bnVsbA", "WyJhIiwgMV0", "W3RydWUsIDFd", "é"])
def test_a_cursor_of_another_list_is_refused(client: TestClient, cursor: str) -> None:
    answer = client.get(f"/api/documents?after={cursor}")
    assert answer.status_code == 400
    assert "first page" in answer.json()["detail"]


@pytest.mark.parametrize("query", ["limit=0", "limit=201", "sort=secret", "min_words=-1", "state=x"])
def test_wrong_questions_are_refused(client: TestClient, query: str) -> None:
    assert client.get(f"/api/documents?{query}").status_code == 422


def test_hostile_titles_come_as_they_are_in_json_alone(client: TestClient) -> None:
    answer = client.get(f"/api/documents/{doc_id(0)}")
    assert answer.json()["name"] == HOSTILE
    assert answer.headers["content-type"] == "application/json"
    assert answer.headers["x-content-type-options"] == "nosniff"
