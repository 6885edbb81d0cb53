"""Search by words, by a stored or a brought picture, and by both; narrowed, paged, and asked for nothing."""

from __future__ import annotations

import base64
from pathlib import Path

import pyarrow as pa
import pytest
from fastapi.testclient import TestClient

from flows.explorer import search_index
from flows.explorer.search_files import Places, places_path
from flows.explorer.searcher import MOST_HITS
from flows.explorer.snapshot import take_snapshot
from tests.flows.explorer.samples import BROKEN, SHAPES, doc_id, png, sha


def encoded(content: bytes) -> str:
    return base64.b64encode(content).decode()


def test_words_find_what_says_them_and_where(mined_client: TestClient) -> None:
    found = mined_client.get("/api/search?words=Beam 41 bends under a load of 410 newtons&limit=5").json()
    hit = found["texts"]["rows"][0]
    assert (hit["doc_id"], hit["position"]) == (doc_id(41), 2)
    assert (hit["section"], hit["name"], hit["source"]) == ("Report 41", "Report 41", "reports")
    assert {"Beam", "load"} <= set(hit["shared"])
    assert found["images"]["rows"]


@pytest.mark.parametrize("shape", SHAPES)
def test_a_picture_finds_itself_stored_or_brought(mined_client: TestClient, shape: str) -> None:
    content = png(shape)
    stored = mined_client.get(f"/api/search?image_id={sha(content)}").json()
    brought = mined_client.post("/api/search", json={"picture": encoded(content)}).json()
    for found in (stored, brought):
        assert found["images"]["rows"][0]["image_id"] == sha(content)
        assert found["images"]["rows"][0]["score"] == pytest.approx(1.0, abs=0.02)  # a byte a number
        assert found["texts"]["rows"] == []


def test_both_together_give_both_kinds(mined_client: TestClient) -> None:
    found = mined_client.get(f"/api/search?words=beam&image_id={sha(png('line'))}").json()
    assert found["images"]["rows"]
    assert found["texts"]["rows"]


def test_hits_are_narrowed(mined_client: TestClient) -> None:
    found = mined_client.get("/api/search?words=beam&source=notes&language=de&limit=200").json()["texts"][
        "rows"
    ]
    texts_a_document = 2
    expected = {doc_id(number) for number in range(0, 70, 15)}
    assert {hit["doc_id"] for hit in found} == expected
    assert len(found) == texts_a_document * len(expected)
    assert mined_client.get("/api/search?words=beam&source=nowhere").json()["texts"]["rows"] == []


def test_pages_of_hits_go_on_where_the_last_one_ended(mined_client: TestClient) -> None:
    whole = mined_client.get("/api/search?words=load&limit=60").json()["texts"]["rows"]
    first = mined_client.get("/api/search?words=load&limit=25").json()["texts"]
    second = mined_client.get(f"/api/search?words=load&limit=25&start={first['next']}").json()["texts"]
    places = [(hit["doc_id"], hit["position"]) for hit in first["rows"] + second["rows"]]
    assert places == [(hit["doc_id"], hit["position"]) for hit in whole[:50]]


def test_ten_thousand_hits_are_the_end(mined_client: TestClient) -> None:
    last = mined_client.get(f"/api/search?words=load&start={MOST_HITS - 1}&limit=200")
    assert last.json()["texts"] == {"rows": [], "next": None}
    assert mined_client.get(f"/api/search?words=load&start={MOST_HITS}").status_code == 422


@pytest.mark.parametrize("path", ["/api/search", "/api/search?words=", "/api/search?words=%20%09"])
def test_a_search_for_nothing_says_so(mined_client: TestClient, path: str) -> None:
    answer = mined_client.get(path)
    assert answer.status_code == 400
    assert "nothing to search for" in answer.json()["detail"]


@pytest.mark.parametrize(
    ("picture", "said"),
    [
        (encoded(BROKEN), "no picture that can be read"),
        (encoded(b"words"), "no picture that can be read"),
        ("not base64!", "base64"),
    ],
)
def test_what_is_no_picture_is_refused(mined_client: TestClient, picture: str, said: str) -> None:
    answer = mined_client.post("/api/search", json={"picture": picture})
    assert answer.status_code == 400
    assert said in answer.json()["detail"]


def test_a_dataset_that_was_not_mined_says_what_to_do(client: TestClient) -> None:
    answer = client.get("/api/search?words=beam")
    assert answer.status_code == 400
    assert "looseleaf mine" in answer.json()["detail"]


def test_places_are_the_same_however_many_are_described_at_once(
    mined: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    snapshot = take_snapshot(mined)

    def described() -> pa.Table:
        search_index.make_index(snapshot, "text")
        return pa.ipc.open_file(str(places_path(snapshot, "text"))).read_all()

    whole = described()
    monkeypatch.setattr(search_index, "_DESCRIBED_AT_ONCE", 1)
    assert described().equals(whole)
    assert whole["doc_id"].null_count == 0


def test_places_are_read_from_any_batch_in_the_order_asked_and_no_more(tmp_path: Path) -> None:
    batches, rows = 4, 500
    table = pa.table(
        {
            name: pa.array([None if name != "text" else f"{at} " * 400 for at in range(rows)], kind)
            for name, kind in zip(search_index.PLACES.names, search_index.PLACES.types, strict=True)
        }
    )
    path = tmp_path / "places.arrow"
    with pa.ipc.new_file(str(path), table.schema) as writer:
        for _ in range(batches):
            writer.write_table(table)
    pool = pa.proxy_memory_pool(pa.default_memory_pool())
    before = pa.default_memory_pool()
    pa.set_memory_pool(pool)
    try:
        places = Places(path)
        found = places.rows([1999, 0, 501, 0])
    finally:
        pa.set_memory_pool(before)
    assert [row["text"].split()[0] for row in found] == ["499", "0", "1", "0"]
    assert pool.max_memory() < path.stat().st_size / 20
    assert places.documents().tolist() == [-1] * (batches * rows)


def test_a_picture_that_is_not_stored(mined_client: TestClient) -> None:
    assert mined_client.get("/api/search?image_id=nothing").status_code == 404
