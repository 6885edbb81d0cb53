"""Runs: curves, moments that turn into place, and what differs between two."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from fastapi.testclient import TestClient

from flows.explorer.app import create_app
from flows.explorer.runs import curves, turned
from flows.explorer.serving import named_runs, runs_beside
from storage.errors import LooseleafError
from tests.flows.explorer.samples import doc_id
from training.evaluation.held_out import HeldOut, document_means, read_held_out, write_held_out

STEPS = (0, 5, 20)


def write_run(folder: Path, sharpness: float) -> str:
    """Write a run as training leaves it, whose matrices become sharper."""
    (folder / "similarity").mkdir(parents=True)
    (folder / "run.json").write_text(json.dumps({"run_id": folder.name, "parameters": {"all": 7}}))
    (folder / "config.json").write_text(json.dumps({"steps": 20, "optimizer": {"lr": sharpness}}))
    lines = [{"step": step, "loss": 1 / step, "lr": 0.1} for step in range(1, 21)]
    lines[-1]["valid_in_doc_auc"] = sharpness
    (folder / "progress.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    draw = np.random.default_rng(0)
    base = draw.normal(size=(6, 4)).astype(np.float32)
    for index, step in enumerate(STEPS):
        matrix = [[0.1, index * sharpness], [index * sharpness, 0.1]]
        state = {
            "doc_id": doc_id(7),
            "source": "reports",
            "images": [
                {"position": 3, "image_id": None, "words": "a"},
                {"position": 4, "image_id": None, "words": "b"},
            ],
            "texts": [{"position": 2, "text": "x"}, {"position": 5, "text": "y"}],
            "matrix": matrix,
            "truth": [[0, 1], [1, 0]],
            "truth_kind": "links",
        }
        content = {"step": step, "documents": [state]}
        (folder / "similarity" / f"step-{step:06d}.json").write_text(json.dumps(content))
        spin = np.linalg.qr(draw.normal(size=(4, 4)))[0].astype(np.float32)
        ids = [doc_id(number) for number in range(6)]
        write_held_out(str(folder), HeldOut(step, ids, base @ spin, (base + 0.1) @ spin))
    return str(folder)


@pytest.fixture(name="looking", scope="module")
def looking_at_two_runs(dataset: str, tmp_path_factory: pytest.TempPathFactory) -> TestClient:
    folder = tmp_path_factory.mktemp("runs")
    runs = {name: write_run(folder / name, value) for name, value in (("one", 0.4), ("two", 0.2))}
    return TestClient(create_app(dataset, runs), base_url="http://127.0.0.1:8765")


def test_moments_come_by_step_with_the_matrix_of_each(looking: TestClient) -> None:
    found = looking.get("/api/runs/one/moments").json()
    assert found["steps"] == list(STEPS)
    (document,) = found["documents"]
    assert document["name"] == "Report 7"
    assert np.array(document["cosines"]).shape == (3, 2, 2)
    assert document["auc"] == [0.0, 1.0, 1.0]


def test_a_map_that_only_turned_stays_where_it_is(looking: TestClient) -> None:
    # Each step is the one before in another rotation: taken away, the points do not move.
    found = looking.get("/api/runs/one/moments").json()["map"]
    places: Any = np.array(found["images"])
    assert places.shape == (3, 6, 2)
    np.testing.assert_allclose(places[0], places[2], atol=1e-3)
    np.testing.assert_allclose(places[1], places[2], atol=1e-3)


@pytest.mark.parametrize("mirrored", [1, -1])
def test_procrustes_takes_turning_away(mirrored: int) -> None:
    points = np.random.default_rng(1).normal(size=(9, 2))
    angle = 0.7
    spin = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]]) @ np.diag(
        [1, mirrored]
    )
    np.testing.assert_allclose(turned(points @ spin, points), points, atol=1e-9)


def test_what_differs_between_two_runs(looking: TestClient) -> None:
    found = looking.get("/api/compare/runs?first=one&second=two").json()
    assert found["settings"] == [{"name": "optimizer.lr", "first": 0.4, "second": 0.2}]
    assert found["documents"][0]["doc_id"] == doc_id(7)
    assert found["runs"][0]["curves"]["valid_in_doc_auc"] == [[20, 0.4]]
    assert looking.get("/api/runs/three").status_code == 404
    assert looking.get("/api/runs/..%2fone").status_code == 404


def test_long_curves_are_thinned_by_means() -> None:
    found = curves([{"step": step, "loss": float(step % 2)} for step in range(10_000)])["loss"]
    assert len(found) == 400
    assert found[-1][0] == 9999
    assert all(value == pytest.approx(0.5, abs=0.05) for _, value in found)


def test_held_out_documents_come_back(tmp_path: Path) -> None:
    vectors = np.arange(12, dtype=np.float32).reshape(6, 2)
    means = document_means(vectors, np.array([0, 0, 1, 1, 1, 3]), 4)
    np.testing.assert_allclose(means, [[1, 2], [6, 7], [0, 0], [10, 11]])
    write_held_out(str(tmp_path), HeldOut(3, list("abcd"), means, means + 1))
    write_held_out(str(tmp_path), HeldOut(0, list("abcd"), means, means))
    first, second = read_held_out(str(tmp_path))
    assert (first.step, second.step, second.doc_ids) == (0, 3, list("abcd"))
    np.testing.assert_array_equal(second.texts, means + 1)
    assert read_held_out(str(tmp_path / "none")) == []


def test_runs_beside_a_dataset_are_found_and_wrong_ones_refused(tmp_path: Path) -> None:
    for name in ("data-run", "data-other", "elsewhere"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "run.json").write_text("{}")
    assert sorted(runs_beside(str(tmp_path / "data"))) == ["data-other", "data-run"]
    assert list(named_runs([str(tmp_path / "elsewhere")])) == ["elsewhere"]
    with pytest.raises(LooseleafError, match="no run at"):
        named_runs([str(tmp_path / "nothing")])
