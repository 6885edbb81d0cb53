from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from pipeline.mine import stage as mine_stage
from pipeline.mine.load import RELATED
from pipeline.mine.stage import NEGATIVES
from pipeline.mine.texts import jaccard, normalised, sketch
from pipeline.runner import execute_here, run_stage
from pipeline.stage import Context
from storage.tables import read
from tests.pipeline.mine.corpus import random_corpus, write

Place = tuple[str, int]
TOP_K = 4


class Plain:
    """Mining as one would write it down: one pair after the other."""

    def __init__(self, context: Context) -> None:
        self.settings = context.recipe.mine
        rows = {
            table: read(context.dataset, table).to_pylist() for table in ("elements", "images", "embeddings")
        }
        self.elements = {(row["doc_id"], row["position"]): row for row in rows["elements"]}
        self.phash = {row["image_id"]: int(row["phash"], 16) for row in rows["images"]}
        self.vectors: dict[tuple[str, Any], np.ndarray] = {}
        for row in rows["embeddings"]:
            unit = row["image_id"] or (row["doc_id"], row["position"])
            vector = np.array(row["vector"], dtype=np.float32)
            self.vectors[row["modality"], unit] = (vector / np.linalg.norm(vector)).astype(np.float32)
        self.images: list[Place] = []
        self.texts: list[Place] = []
        self.related: dict[Place, list[Place]] = {}
        groups = [row for row in read(context.dataset, "groups").to_pylist() if row["kind"] == "document"]
        for group in sorted(groups, key=lambda row: str(row["doc_id"])):
            images = [(group["doc_id"], position) for position in group["images"]]
            texts = [(group["doc_id"], position) for position in group["texts"]]
            self.images += images
            self.texts += texts
            prior = np.array(group["prior"], dtype=np.float32).reshape(len(images), len(texts))
            for i, image in enumerate(images):
                for j, text in enumerate(texts):
                    if prior[i, j] >= RELATED * prior[i].max():
                        self.related.setdefault(image, []).append(text)
                        self.related.setdefault(text, []).append(image)

    def near_texts(self, a: Place, b: Place) -> bool:
        first, second = self.elements[a]["text"], self.elements[b]["text"]
        if normalised(first) == normalised(second):
            return True
        return jaccard(sketch(first), sketch(second)) >= self.settings.text_jaccard

    def near_images(self, a: str, b: str) -> bool:
        return a == b or (self.phash[a] ^ self.phash[b]).bit_count() <= self.settings.phash_distance

    def image(self, place: Place) -> str:
        return str(self.elements[place]["image_id"])

    def held(self, doc_id: str) -> set[str]:
        return {self.image(place) for place in self.images if place[0] == doc_id}

    def allowed(self, direction: str, a: Place, b: Place) -> bool:
        if a[0] == b[0]:
            return False
        if direction == "text->text":
            return not self.near_texts(a, b)
        if direction == "image->image":
            same = self.image(b) in self.held(a[0])
            return not same and not self.near_images(self.image(a), self.image(b))
        image, text = (a, b) if direction == "image->text" else (b, a)
        if any(self.near_images(self.image(image), other) for other in self.held(text[0])):
            return False
        return not any(self.near_texts(other, text) for other in self.related.get(image, []))

    def vector(self, modality: str, place: Place) -> np.ndarray:
        return self.vectors[modality, self.image(place) if modality == "pixels" else place]

    def mine(self, direction: str, anchor: str, key: str) -> dict[Place, list[tuple[Place, float]]]:
        keys = self.texts if key == "text" else self.images
        if key == "pixels":
            first: dict[str, Place] = {}
            for place in keys:
                first.setdefault(self.image(place), place)
            keys = list(first.values())
        found = {}
        for a in self.texts if anchor == "text" else self.images:
            score = {b: float(self.vector(anchor, a) @ self.vector(key, b)) for b in keys}
            limit = np.inf
            if (anchor == "text") != (key == "text") and self.related.get(a):
                positives = (self.vector(key, b) for b in self.related[a])
                limit = max(float(self.vector(anchor, a) @ v) for v in positives) + self.settings.margin
            good = [b for b in keys if self.allowed(direction, a, b) and score[b] <= limit]
            best = sorted(good, key=lambda b: -score[b])[: self.settings.top_k]
            found[a] = [(b, score[b]) for b in best]
        return found


def mined(context: Context, direction: str) -> dict[Place, list[tuple[Place, float]]]:
    found: dict[Place, list[tuple[Place, float]]] = {}
    for row in read(context.dataset, "negatives").to_pylist():
        if row["modality"] == direction:
            ranked = found.setdefault((row["doc_id"], row["position"]), [])
            assert row["rank"] == len(ranked)
            ranked.append(((row["negative_doc_id"], row["negative_position"]), row["score"]))
    return found


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("spare", [0, 16])
def test_mining_equals_the_plain_loop(
    seed: int, spare: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Without spare candidates the guards force a second search.
    monkeypatch.setattr("pipeline.mine.search.SPARE", spare)
    monkeypatch.setattr(mine_stage, "BLOCKS_OF_ANCHORS", 1)
    settings = {"top_k": TOP_K, "block_rows": 16, "text_jaccard": 0.5, "margin": 0.05, "most_false": 1.0}
    context = random_corpus(tmp_path, seed, mine=settings)
    report = run_stage(NEGATIVES, context, execute_here, lambda done, total: None)
    assert report.rows["negatives"] > 100
    plain = Plain(context)
    for direction, anchor, key in (
        ("image->text", "words", "text"),
        ("text->image", "text", "words"),
        ("image->image", "pixels", "pixels"),
        ("text->text", "text", "text"),
    ):
        expected = {place: best for place, best in plain.mine(direction, anchor, key).items() if best}
        found = mined(context, direction)
        assert found.keys() == expected.keys()
        for place, best in expected.items():
            assert [b for b, _ in found[place]] == [b for b, _ in best]
            np.testing.assert_allclose([s for _, s in found[place]], [s for _, s in best], atol=1e-5)


def test_guards_and_refusals_are_recorded(tmp_path: Path) -> None:
    context = random_corpus(tmp_path, 0, mine={"top_k": TOP_K, "most_false": 0.3})
    run_stage(NEGATIVES, context, execute_here, lambda done, total: None)
    related = Plain(context).related
    for row in read(context.dataset, "negatives").to_pylist():
        known = bool(related.get((row["doc_id"], row["position"])))
        crosses = row["modality"] in ("image->text", "text->image")
        assert ("too_similar" in row["guards"]) == (known and crosses)
        assert "same_document" in row["guards"]
        assert ("near_duplicate_image" in row["guards"]) == (row["modality"] != "text->text")
        assert ("near_duplicate_text" in row["guards"]) == (row["modality"] != "image->image")
        assert "false_negative" in row["guards"]
        assert 0 <= row["false_probability"] <= 0.3
    rows = read(context.dataset, "rejections").to_pylist()
    assert {row["rule"] for row in rows} == {
        "same_document",
        "near_duplicate_image",
        "near_duplicate_text",
        "too_similar",
        "false_negative",
    }
    assert all(row["unit"] == "negative" and row["value"] > 0 for row in rows)


def test_a_shared_space_compares_pixels_with_texts(tmp_path: Path) -> None:
    context = random_corpus(tmp_path, 0, mine={"top_k": TOP_K, "run": "x", "run_encoder": "run:x"})
    report = run_stage(NEGATIVES, context, execute_here, lambda done, total: None)
    # Nothing has been embedded by that run.
    assert report.rows["negatives"] == 0
    vectors = [
        row | {"encoder": "run:x"}
        for row in read(context.dataset, "embeddings").to_pylist()
        if row["modality"] != "words"
    ]
    write(context.dataset, "embeddings", [vectors], stage="embed_run")
    run_stage(NEGATIVES, context, execute_here, lambda done, total: None)
    rows = read(context.dataset, "negatives").to_pylist()
    assert {row["encoder"] for row in rows} == {"run:x"}
    assert {row["modality"] for row in rows} == {"image->text", "text->image", "image->image", "text->text"}


def test_a_document_that_was_published_twice_is_no_negative_of_itself(tmp_path: Path) -> None:
    """Its pictures were stored anew and its texts reworded: only the vectors are nearly the same."""

    def mined_between(most_false: float) -> list[float]:
        context = random_corpus(
            tmp_path / str(most_false), 3, 40, images=200, mine={"top_k": 50, "most_false": most_false}
        )
        twin = _plant_twin(context)
        run_stage(NEGATIVES, context, execute_here, lambda done, total: None)
        return [
            row["false_probability"]
            for row in read(context.dataset, "negatives").to_pylist()
            if {row["doc_id"], row["negative_doc_id"]} == {twin, f"{twin}-again"}
        ]

    assert mined_between(0.5) == []
    found = mined_between(1.0)
    assert found
    assert min(found) > 0.8


def _plant_twin(context: Context) -> str:
    """Add a document with the vectors of another one, a little moved; return the name of that one."""
    groups = [row for row in read(context.dataset, "groups").to_pylist() if row["kind"] == "document"]
    group = max(groups, key=lambda row: min(len(row["images"]), len(row["texts"])))
    twin, draw = group["doc_id"], np.random.default_rng(0)
    elements = [row for row in read(context.dataset, "elements").to_pylist() if row["doc_id"] == twin]
    vectors = read(context.dataset, "embeddings").to_pylist()
    shown = {row["image_id"] for row in elements if row["image_id"]}
    images = [{"image_id": f"{name}-again", "bytes": b"x"} for name in shown]
    changed: list[dict[str, Any]] = []
    for row in vectors:
        if row["doc_id"] == twin or row["image_id"] in shown:
            moved = (np.array(row["vector"]) + 0.02 * draw.normal(size=len(row["vector"]))).tolist()
            again = {name: f"{row[name]}-again" for name in ("doc_id", "image_id") if row[name]}
            changed.append(row | {"vector": moved} | again)
    for row in elements:
        row |= {"doc_id": f"{twin}-again"}
        if row["image_id"]:
            row["image_id"] += "-again"
        else:
            row["text"] = " ".join(f"other{number}" for number in range(row["position"], row["position"] + 5))
    for table, rows in (("elements", elements), ("images", images), ("embeddings", changed)):
        write(context.dataset, table, [rows], stage="twin")
    copied = group | {"group_id": f"{group['group_id']}-again", "doc_id": f"{twin}-again"}
    write(context.dataset, "groups", [[copied]], stage="twin")
    return str(twin)


def test_a_second_run_adds_nothing_and_blocks_do_not_matter(tmp_path: Path) -> None:
    small = random_corpus(tmp_path / "small", 1, mine={"block_rows": 16})
    large = random_corpus(tmp_path / "large", 1, mine={"block_rows": 4096})
    for context in (small, large):
        run_stage(NEGATIVES, context, execute_here, lambda done, total: None)
    columns = ["doc_id", "position", "negative_doc_id", "negative_position", "modality", "rank"]
    rows = [read(context.dataset, "negatives").select(columns).to_pylist() for context in (small, large)]
    key = lambda row: tuple(row.values())  # noqa: E731
    assert sorted(rows[0], key=key) == sorted(rows[1], key=key)
    again = run_stage(NEGATIVES, small, execute_here, lambda done, total: None)
    assert again.skipped == again.chunks


def test_a_dataset_without_groups_has_no_negatives(tmp_path: Path) -> None:
    context = random_corpus(tmp_path, 0, documents=0)
    report = run_stage(NEGATIVES, context, execute_here, lambda done, total: None)
    assert (report.chunks, report.rows["negatives"]) == (0, 0)
