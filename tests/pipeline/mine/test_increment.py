"""Mining again after documents came, changed and went gives what mining from nothing gives."""

from __future__ import annotations

import random
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from pipeline.mine import stage as mine_stage
from pipeline.mine.stage import NEGATIVES
from pipeline.runner import StageReport, execute_here, run_stage
from pipeline.stage import Context
from storage.tables import read
from tests.pipeline.mine.growing import write_corpus

MINE = {"top_k": 4, "block_rows": 16, "text_jaccard": 0.5, "most_false": 0.6}
_NAMES = (
    "modality", "doc_id", "position", "rank", "negative_doc_id", "negative_position", "group_id",
    "negative_group_id", "encoder",
)  # fmt: skip


def _mine(context: Context) -> StageReport:
    return run_stage(NEGATIVES, context, execute_here, lambda done, total: None)


def _negatives(context: Context) -> tuple[list[tuple[Any, ...]], np.ndarray]:
    rows = read(context.dataset, "negatives").to_pylist()
    rows.sort(key=lambda row: (row["modality"], row["doc_id"], row["position"], row["rank"]))
    numbers = [[row["score"], row["false_probability"] or 0.0] for row in rows]
    return [tuple(row[name] for name in _NAMES) for row in rows], np.array(numbers)


def _refusals(context: Context) -> Counter[str]:
    counts: Counter[str] = Counter()
    for row in read(context.dataset, "rejections").to_pylist():
        if row["stage"] == "negatives":
            counts[f"{row['unit_id']} {row['rule']}"] += row["value"]
    return counts


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize(("spare", "kept"), [(16, 16), (2, 1), (0, 3)])
def test_mining_again_equals_mining_from_nothing(
    seed: int, spare: int, kept: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # With few spare candidates guards and departures force further searches.
    monkeypatch.setattr("pipeline.mine.search.SPARE", spare)
    monkeypatch.setattr("pipeline.mine.search.KEPT", kept)
    monkeypatch.setattr(mine_stage, "BLOCKS_OF_ANCHORS", 2)
    draw = random.Random(seed)
    corpus = dict.fromkeys(range(24), 0)
    growing = tmp_path / "growing"
    for step in range(4):
        context = write_corpus(growing, corpus, files=3 + step % 2, **MINE)
        report = _mine(context)
        fresh = write_corpus(tmp_path / f"fresh{step}", corpus, files=1, **MINE)
        _mine(fresh)
        (again, numbers), (whole, expected) = _negatives(context), _negatives(fresh)
        assert len(whole) > 200
        assert again == whole
        np.testing.assert_allclose(numbers, expected, atol=1e-5)
        counted, right = _refusals(context), _refusals(fresh)
        assert {name: count for name, count in counted.items() if "too_similar" not in name} == {
            name: count for name, count in right.items() if "too_similar" not in name
        }
        anchors = report.account["anchors"]
        assert (anchors["kept"] > 0) == (step > 0)
        for _ in range(draw.randint(1, 3)):
            edit = draw.choice(("add", "change", "remove"))
            if edit == "add":
                corpus[max(corpus) + 1] = 0
            elif edit == "change":
                corpus[draw.choice(sorted(corpus))] += 1
            else:
                del corpus[draw.choice(sorted(corpus))]


def test_only_new_documents_meet_all_others(tmp_path: Path) -> None:
    corpus = dict.fromkeys(range(40), 0)
    _mine(write_corpus(tmp_path, corpus, files=2, **MINE))
    context = write_corpus(tmp_path, {**corpus, 40: 0}, files=2, **MINE)
    account = _mine(context).account["anchors"]
    new = [row for row in read(context.dataset, "embeddings").to_pylist() if row["doc_id"] == "doc040"]
    # Each text looks for images and texts, each image by its words for texts and by its pixels for images.
    assert account["searched"] == 2 * len(new)
    assert account["kept"] > 10 * account["searched"]


def test_other_settings_begin_anew(tmp_path: Path) -> None:
    corpus = dict.fromkeys(range(12), 0)
    _mine(write_corpus(tmp_path, corpus, files=2, **MINE))
    again = _mine(write_corpus(tmp_path, corpus, files=2, **{**MINE, "top_k": 5}))
    assert again.account["anchors"]["kept"] == 0
