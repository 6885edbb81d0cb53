"""A dataset in an object store is looked at, searched and marked as one on a disk."""

from __future__ import annotations

from pathlib import Path

from fastapi.testclient import TestClient

from flows.explorer.app import create_app
from storage.marks import read_marks
from tests.flows.explorer.samples import build, doc_id, mined_rows, png, sha
from tests.storage.s3_environment import moto_bucket

PATHS = (
    "/api/overview",
    "/api/facets",
    "/api/documents?sort=words",
    f"/api/documents/{doc_id(1)}/elements",
    f"/api/documents/{doc_id(1)}/original",
    "/api/rejections",
    "/api/groups",
    "/api/negatives",
    "/api/search?words=beam",
)


def test_it_answers_from_a_bucket_as_from_a_folder(tmp_path: Path, mined: str) -> None:
    base = "http://127.0.0.1:8765"
    here = TestClient(create_app(mined), base_url=base)
    source = tmp_path / "source"
    with moto_bucket("explored") as bucket:
        dataset = f"{bucket}/data"
        build(dataset, mined_rows(source), source)
        there = TestClient(create_app(dataset), base_url=base)
        answers = {path: there.get(path).json() for path in PATHS}
        picture = there.get(f"/api/images/{sha(png('line'))}?side=96")
        (pair, *_) = answers["/api/negatives"]["rows"]
        mark = {
            name: pair[name] for name in ("doc_id", "position", "negative_doc_id", "negative_position")
        } | {"verdict": "false_negative"}
        assert there.post("/api/marks", json=mark).status_code == 201
        assert len(read_marks(dataset)) == 1
    assert picture.content == here.get(f"/api/images/{sha(png('line'))}?side=96").content
    for path in PATHS[1:4] + PATHS[5:]:
        assert answers[path] == here.get(path).json(), path
    assert answers["/api/overview"]["counts"] == here.get("/api/overview").json()["counts"]
    assert answers["/api/documents/" + doc_id(1) + "/original"]["kind"] == "html"
