"""Marks: the newest of a pair counts, whichever way round; at once or one after the other."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from storage import tables
from storage.marks import Pair, add_mark, read_marks


def test_the_newest_mark_of_a_pair_counts_whichever_way_round(tmp_path: Path) -> None:
    dataset = str(tmp_path / "data")
    assert read_marks(dataset) == []
    add_mark(dataset, Pair("a", 1, "b", 2), "false_negative", "the same beam")
    add_mark(dataset, Pair("a", 1, "c", 2), "true_negative")
    add_mark(dataset, Pair("b", 2, "a", 1), "true_negative")
    verdicts = {(row["doc_id"], row["negative_doc_id"]): row["verdict"] for row in read_marks(dataset)}
    assert verdicts == {("b", "a"): "true_negative", ("a", "c"): "true_negative"}
    add_mark(dataset, Pair("a", 1, "b", 2), "withdrawn")
    assert [row["negative_doc_id"] for row in read_marks(dataset)] == ["c"]
    assert tables.count(dataset, "marks") == 4  # every one is kept: it is the history


def test_marks_made_at_once_are_all_kept(tmp_path: Path) -> None:
    dataset = str(tmp_path / "data")
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda i: add_mark(dataset, Pair("a", i, "b", i), "false_negative"), range(8)))
    assert len(read_marks(dataset)) == 8
