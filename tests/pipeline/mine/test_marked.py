"""A mark changes the next mining: a false negative is gone, a true one is kept in against the guards."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from pipeline.mine.stage import NEGATIVES
from pipeline.runner import execute_here, run_stage
from pipeline.stage import Context
from storage.marks import Pair, add_mark
from storage.tables import read
from tests.pipeline.mine.corpus import random_corpus

SETTINGS = {"top_k": 4, "block_rows": 16, "text_jaccard": 0.5, "margin": 2.0, "most_false": 1.0}
Places = tuple[str, int, str, int]


def mine(context: Context) -> dict[str, list[dict[str, Any]]]:
    """Mine, and return the negatives by direction."""
    run_stage(NEGATIVES, context, execute_here, lambda done, total: None)
    found: dict[str, list[dict[str, Any]]] = {}
    for row in read(context.dataset, "negatives").to_pylist():
        found.setdefault(row["modality"], []).append(row)
    return found


def places(row: dict[str, Any]) -> Places:
    return row["doc_id"], row["position"], row["negative_doc_id"], row["negative_position"]


@pytest.mark.parametrize("direction", ["image->text", "text->image", "text->text"])
def test_a_marked_negative_is_gone_and_the_next_nearest_takes_its_place(
    tmp_path: Path, direction: str
) -> None:
    context = random_corpus(tmp_path, 0, mine=SETTINGS)
    before = mine(context)
    victim = next(row for row in before[direction] if row["rank"] == 0)
    add_mark(context.dataset, Pair(*places(victim)), "false_negative")
    after = mine(context)
    assert places(victim) not in {places(row) for row in after[direction]}
    anchor = (victim["doc_id"], victim["position"])
    ranks = [row["rank"] for row in after[direction] if (row["doc_id"], row["position"]) == anchor]
    assert ranks == list(range(SETTINGS["top_k"]))
    assert all("marked" in row["guards"] for row in after[direction])
    refused = {row["rule"] for row in read(context.dataset, "rejections").to_pylist()}
    assert "marked" in refused
    # Withdrawn, everything is as it was.
    add_mark(context.dataset, Pair(*places(victim)), "withdrawn")
    again = mine(context)
    assert {places(row) for row in again[direction]} == {places(row) for row in before[direction]}


def test_a_mark_on_a_picture_holds_in_all_its_places(tmp_path: Path) -> None:
    context = random_corpus(tmp_path, 1, mine=SETTINGS)
    elements = {
        (row["doc_id"], row["position"]): row["image_id"]
        for row in read(context.dataset, "elements").to_pylist()
    }
    victim = next(row for row in mine(context)["image->image"] if row["rank"] == 0)
    doc, position, other_doc, other_position = places(victim)
    add_mark(context.dataset, Pair(*places(victim)), "false_negative")
    pair = {elements[doc, position], elements[other_doc, other_position]}
    for row in mine(context)["image->image"]:
        first, second = (elements[end] for end in (places(row)[:2], places(row)[2:]))
        assert {first, second} != pair


def test_a_true_negative_stays_in_although_a_guard_suspects_it(tmp_path: Path) -> None:
    lenient = random_corpus(tmp_path / "lenient", 0, mine=SETTINGS)
    judged = [row for row in mine(lenient)["image->text"] if row["false_probability"] is not None]
    limit = sorted(row["false_probability"] for row in judged)[len(judged) // 2]
    strict = random_corpus(tmp_path / "strict", 0, mine=SETTINGS | {"most_false": limit})
    suspected = next(row for row in judged if row["rank"] == 0 and row["false_probability"] > limit)
    assert places(suspected) not in {places(row) for row in mine(strict)["image->text"]}
    add_mark(strict.dataset, Pair(*places(suspected)), "true_negative")
    kept = [row for row in mine(strict)["image->text"] if places(row) == places(suspected)]
    assert [row["false_probability"] for row in kept] == [0.0]


def test_marks_of_what_is_gone_do_no_harm(tmp_path: Path) -> None:
    context = random_corpus(tmp_path, 0, mine=SETTINGS)
    before = mine(context)
    add_mark(context.dataset, Pair("nothing", 1, "nowhere", 2), "false_negative")
    after = mine(context)
    for direction, rows in before.items():
        assert [places(row) for row in rows] == [places(row) for row in after[direction]]
