from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from pipeline.mine.approximate import build_index, cell_top_k
from pipeline.mine.stage import NEGATIVES
from pipeline.mine.top_k import CEILING, Exclusion, KeyBlock, blockwise_top_k
from pipeline.runner import execute_here, run_stage
from storage.tables import read
from tests.pipeline.mine.corpus import random_corpus


def _clusters(count: int, width: int = 16, centres: int = 20, seed: int = 0) -> np.ndarray:
    draw = np.random.default_rng(seed)
    middle = draw.normal(size=(centres, width))
    vectors = middle[draw.integers(centres, size=count)] + 0.5 * draw.normal(size=(count, width))
    return (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)


def _blocks(vectors: np.ndarray, size: int) -> Iterator[KeyBlock]:
    for start in range(0, len(vectors), size):
        part = vectors[start : start + size]
        # Units are not the numbers of the index.
        yield KeyBlock(1000 - np.arange(start, start + len(part)), part)


def test_all_cells_find_what_the_exact_search_finds() -> None:
    vectors = _clusters(700)
    index = build_index(_blocks(vectors, 90))
    assert index is not None
    found = cell_top_k(index, vectors[:50], 12, probes=index.cells)
    exact = blockwise_top_k(vectors[:50], vectors, 12, 128)
    np.testing.assert_array_equal(1000 - found.units, exact.units)
    np.testing.assert_allclose(found.scores, exact.scores, atol=1e-5)


def test_few_cells_find_nearly_all() -> None:
    vectors = _clusters(3000)
    index = build_index(_blocks(vectors, 500))
    assert index is not None
    found = cell_top_k(index, vectors[:200], 10, probes=max(1, index.cells // 8))
    exact = blockwise_top_k(vectors[:200], vectors, 10, 512)
    pairs = zip(1000 - found.units, exact.units, strict=True)
    assert np.mean([len(set(ours) & set(theirs)) / 10 for ours, theirs in pairs]) >= 0.95
    assert found.more.all()


def test_what_is_refused_leaves_a_gap_and_is_counted() -> None:
    vectors = _clusters(300)
    index = build_index(_blocks(vectors, 100))
    assert index is not None
    own = np.arange(1001) % 7
    exclusion = Exclusion("same", own[1000 - np.arange(40)], own)
    ceilings = np.full(40, 0.9, np.float32)
    found = cell_top_k(
        index, vectors[:40], 300, probes=index.cells, exclusions=[exclusion], ceilings=ceilings
    )
    held = found.units >= 0
    assert not found.more.any()
    assert (found.scores[held] <= 0.9).all()
    assert all(
        (own[row[row >= 0]] != of).all() for row, of in zip(found.units, exclusion.of_query, strict=True)
    )
    assert held.sum() + found.refused["same"] + found.refused[CEILING] == 40 * 300


@pytest.mark.parametrize("seed", range(2))
def test_mining_by_an_index_gives_the_negatives_of_exact_mining(
    seed: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With all cells, and no spare candidates, so that guards force deeper searches."""
    monkeypatch.setattr("pipeline.mine.search.SPARE", 0)
    monkeypatch.setattr("pipeline.mine.search.PROBES", 10_000)
    settings = {"top_k": 4, "block_rows": 16, "text_jaccard": 0.5}
    rows = []
    for name, above in (("exact", 10_000), ("index", 0)):
        context = random_corpus(tmp_path / name, seed, mine={**settings, "approximate_above": above})
        run_stage(NEGATIVES, context, execute_here, lambda done, total: None)
        columns = ["doc_id", "position", "negative_doc_id", "negative_position", "modality", "rank", "guards"]
        found = read(context.dataset, "negatives").select(columns).to_pylist()
        rows.append(sorted(found, key=str))
    assert len(rows[0]) > 100
    assert rows[0] == rows[1]


def test_few_cells_still_fill_up_behind_the_guards(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pipeline.mine.search.SPARE", 0)
    monkeypatch.setattr("pipeline.mine.search.PROBES", 1)
    counts = []
    for name, above in (("exact", 10_000), ("index", 0)):
        context = random_corpus(tmp_path / name, 0, mine={"top_k": 4, "approximate_above": above})
        counts.append(run_stage(NEGATIVES, context, execute_here, lambda done, total: None).rows["negatives"])
    assert counts[0] == counts[1]


@pytest.mark.parametrize("first", ["faiss", "torch"])
def test_the_index_and_torch_live_in_one_process(first: str) -> None:
    """Both bring an OpenMP of their own."""
    second = "torch" if first == "faiss" else "faiss"
    code = (
        f"import {first}\nimport {second}\nimport numpy as np\nimport torch\n"
        "from pipeline.mine.approximate import build_index, cell_top_k\n"
        "from pipeline.mine.top_k import KeyBlock\n"
        "torch.set_num_threads(2)\n"
        "keys = np.eye(64, dtype=np.float32)\n"
        "for _ in range(3):\n"
        "    product = (torch.rand(400, 400) @ torch.rand(400, 400)).sum()\n"
        "    index = build_index([KeyBlock(np.arange(64), keys)])\n"
        "    found = cell_top_k(index, keys, 1, probes=index.cells)\n"
        "print((found.units[:, 0] == np.arange(64)).all())\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=240, check=False
    )
    assert (done.returncode, done.stdout.strip()) == (0, "True"), done.stderr
