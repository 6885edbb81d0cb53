"""The map: every unit a point, near ones near, clusters with the words that set them apart."""

from __future__ import annotations

import numpy as np
import pytest
from fastapi.testclient import TestClient

from flows.explorer import layout
from flows.explorer.layout import clusters, plane
from flows.explorer.map_drawing import draw_maps
from flows.explorer.naming import name_clusters
from flows.explorer.snapshot import take_snapshot
from tests.flows.explorer.samples import doc_id


def blobs(each: int, number: int = 4, width: int = 8) -> tuple[np.ndarray, np.ndarray]:
    draw = np.random.default_rng(0)
    middles = 8 * draw.normal(size=(number, width))
    vectors = np.concatenate([middle + draw.normal(size=(each, width)) for middle in middles])
    return vectors.astype(np.float32), np.repeat(np.arange(number), each)


def nearest_of_kin(points: np.ndarray, kind: np.ndarray) -> float:
    """Return the share of points whose nearest other one is of their kind."""
    distances = np.linalg.norm(points[:, None] - points[None], axis=2)
    np.fill_diagonal(distances, np.inf)
    return float((kind[distances.argmin(axis=1)] == kind).mean())


@pytest.mark.parametrize("landmarks", [40, 1000])
def test_neighbours_stay_neighbours_also_those_that_are_no_landmarks(
    landmarks: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(layout, "LANDMARKS", landmarks)
    vectors, kind = blobs(40)
    points = plane(vectors)
    assert points.shape == (160, 2)
    assert np.abs(points).max() == pytest.approx(1.0)
    assert nearest_of_kin(points, kind) > 0.95
    np.testing.assert_array_equal(points, plane(vectors))


@pytest.mark.parametrize("total", [0, 1, 3, 5, 9])
def test_few_points_have_places_and_clusters_too(total: int) -> None:
    vectors = np.random.default_rng(0).normal(size=(total, 8)).astype(np.float32)
    assert plane(vectors).shape == (total, 2)
    assert np.isfinite(plane(vectors)).all()
    assert clusters(vectors).shape == (total,)


def test_clusters_are_numbered_by_size_and_do_not_mix_kinds() -> None:
    vectors, kind = blobs(40)
    found = clusters(vectors)
    sizes = np.bincount(found)
    assert (sizes[:-1] >= sizes[1:]).all()
    for cluster in range(len(sizes)):
        assert len(set(kind[found == cluster])) == 1


def test_names_are_the_words_that_others_have_not() -> None:
    units = [
        (0, "the mesh of a plate"),
        (0, "a mesh, the plate"),
        (1, "the heat of a wall"),
        (1, "heat, the wall"),
    ]
    first, second = name_clusters(units * 5, 2)
    assert set(first.split(", ")) == {"mesh", "plate"}
    assert set(second.split(", ")) == {"heat", "wall"}
    assert name_clusters(units * 5, 2, {"heat"})[1] == "wall"
    assert name_clusters([(0, "")], 1) == ["cluster 1"]


def test_the_page_gets_points_clusters_and_what_a_point_is(mined_client: TestClient, mined: str) -> None:
    assert mined_client.get("/api/map/documents").json()["ready"] is False
    assert mined_client.get("/api/map/documents/points").status_code == 409
    assert mined_client.get("/api/documents?cluster=0").status_code == 409
    draw_maps(take_snapshot(mined))
    about = mined_client.get("/api/map/documents").json()
    assert about["ready"]
    assert about["points"] == sum(cluster["size"] for cluster in about["clusters"]) == 70
    content = mined_client.get("/api/map/documents/points").content
    assert len(content) == 9 * 70
    assert np.abs(np.frombuffer(content[: 8 * 70], "<f4")).max() <= 1
    point = mined_client.get("/api/map/documents/points/0").json()
    assert point["doc_id"] in {doc_id(number) for number in range(70)}
    assert mined_client.get("/api/map/documents/points/70").status_code == 404
    # From then on documents have clusters.
    chosen = mined_client.get("/api/facets?cluster=0").json()
    assert chosen["total"] == about["clusters"][0]["size"]
    listed = mined_client.get("/api/documents?cluster=0&limit=200").json()["rows"]
    assert len(listed) == chosen["total"]
    assert mined_client.get(f"/api/documents/{listed[0]['doc_id']}").json()["cluster"]["cluster"] == 0
    pictures = mined_client.get("/api/map/images").json()
    assert pictures["points"] == 3
    assert mined_client.get("/api/map/images/points/0").json()["image_id"]
