"""Groups with their priors, negatives with both sides, and marks: the one thing that is written."""

from __future__ import annotations

from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from flows.explorer.app import create_app
from storage.marks import read_marks
from tests.flows.explorer.samples import build, doc_id, sample_rows
from tests.flows.explorer.test_documents import pages

PAIR = {"doc_id": doc_id(5), "position": 3, "negative_doc_id": doc_id(6), "negative_position": 2}


def test_a_group_has_its_members_and_the_prior_of_each_pair(client: TestClient) -> None:
    rows = pages(client, "/api/groups?limit=7")
    assert len({row["group_id"] for row in rows}) == len(rows) == 69
    assert rows[0]["doc_id"] == doc_id(1)  # three pictures, by two texts, are the largest matrix
    group = client.get(f"/api/groups/{rows[0]['group_id']}").json()
    assert group["prior"] == [[0.25, 0.75]] * 3
    assert [text["position"] for text in group["texts"]] == [2, 4]
    assert group["images"][0]["caption"].startswith("Figure 1")
    own = client.get(f"/api/groups?doc_id={doc_id(9)}").json()["rows"]
    assert [row["doc_id"] for row in own] == [doc_id(9)]
    assert client.get("/api/groups/nothing").status_code == 404
    assert client.get("/api/groups/kinds").json()[0]["kind"] == "document"


@pytest.mark.parametrize("order", ["suspected", "hardest"])
def test_negatives_come_in_order_each_once_with_both_sides(mined_client: TestClient, order: str) -> None:
    rows = pages(mined_client, f"/api/negatives?order={order}&limit=7")
    assert len({row["number"] for row in rows}) == len(rows) == 60
    key = "false_probability" if order == "suspected" else "score"
    values = [-1 if row[key] is None else row[key] for row in rows]
    assert values == sorted(values, reverse=True)
    for row in rows[:5]:
        assert row["anchor"]["image_id"]
        assert row["negative"]["text"].startswith("Beam")
        assert row["guards"] == ["same_document", "false_negative"]


def test_negatives_of_one_document_and_of_one_direction(mined_client: TestClient) -> None:
    own = pages(mined_client, f"/api/negatives?doc_id={doc_id(9)}&limit=5")
    assert [(row["doc_id"], row["modality"]) for row in own] == [(doc_id(9), "image->text")]
    rows = pages(mined_client, "/api/negatives?modality=text->image&limit=50")
    assert len(rows) == 30
    about = mined_client.get("/api/negatives/directions").json()
    assert {one["modality"]: one["negatives"] for one in about["directions"]} == {
        "image->text": 30,
        "text->image": 30,
    }
    assert about["refusals"] == [{"modality": "image->text", "rule": "same_document", "pairs": 9.0}]


def test_a_mark_is_a_row_and_is_shown_at_once(mined_client: TestClient, mined: str) -> None:
    assert (
        mined_client.post("/api/marks", json=PAIR | {"verdict": "false_negative", "note": "same"}).status_code
        == 201
    )
    (row,) = read_marks(mined)
    assert {name: row[name] for name in PAIR} == PAIR
    shown = pages(mined_client, f"/api/negatives?doc_id={doc_id(5)}&limit=5")[0]
    assert shown["mark"] == {"verdict": "false_negative", "note": "same"}
    assert len(pages(mined_client, "/api/marks?limit=5")) == 1
    mined_client.post("/api/marks", json=PAIR | {"verdict": "withdrawn"})
    assert pages(mined_client, "/api/marks?limit=5") == []


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"verdict": "maybe"}, 422),
        ({"position": -1}, 422),
        ({"position": 2**31}, 422),
        ({"doc_id": "nothing"}, 404),
        ({"doc_id": "x" * 65}, 422),
        ({"note": "x" * 1001}, 422),
        ({"negative_doc_id": doc_id(5), "negative_position": 3}, 400),
    ],
)
def test_a_wrong_mark_is_refused(
    mined_client: TestClient, mined: str, change: dict[str, object], status: int
) -> None:
    before = len(read_marks(mined))
    answer = mined_client.post("/api/marks", json=PAIR | {"verdict": "true_negative"} | change)
    assert answer.status_code == status
    assert len(read_marks(mined)) == before


def test_a_form_of_another_site_cannot_mark(mined_client: TestClient, mined: str) -> None:
    headers = {"origin": "http://evil.example", "content-type": "text/plain"}
    answer = mined_client.post("/api/marks", content='{"verdict": "false_negative"}', headers=headers)
    assert answer.status_code == 403
    assert read_marks(mined) == []


def test_builds_tell_what_was_added_removed_and_changed(tmp_path: Path) -> None:
    dataset, source = str(tmp_path / "data"), tmp_path / "source"
    rows = sample_rows(source)
    build(dataset, rows, source, "before", day=1)
    gone, changed, new = doc_id(10), doc_id(11), doc_id(99)
    documents = [dict(row) for row in rows["documents"] if row["doc_id"] != gone]
    for row in documents:
        if row["doc_id"] == changed:
            row |= {"content_hash": "other", "n_words": 7}
    documents.append(documents[0] | {"doc_id": new, "path": "new.html", "title": "New"})
    build(dataset, rows | {"documents": documents}, source, "after", day=2)
    client = TestClient(create_app(dataset), base_url="http://127.0.0.1:8765")
    found = client.get("/api/compare/builds?first=before&second=after").json()
    assert found["changes"] == {"added": 1, "removed": 1, "changed": 1}
    assert found["counts"]["documents"] == [70, 70]
    listed = pages(client, "/api/compare/builds/documents?first=before&second=after&limit=1")
    assert {row["doc_id"]: row["change"] for row in listed} == {
        gone: "removed",
        changed: "changed",
        new: "added",
    }
    same = client.get("/api/compare/builds?first=after&second=after").json()
    assert same["changes"] == {"added": 0, "removed": 0, "changed": 0}
    assert client.get("/api/compare/builds?first=before&second=never").status_code == 400
    assert client.get("/api/overview").json()["build"]["build_id"] == "after"
    earlier = TestClient(create_app(dataset, build_id="latest~1"), base_url="http://127.0.0.1:8765")
    assert earlier.get("/api/overview").json()["build"]["build_id"] == "before"
