from __future__ import annotations

from itertools import pairwise, permutations

import numpy as np
import pytest

from storage.errors import LooseleafError
from training.metrics import retrieval
from training.metrics.problems import Layout, section_links
from training.metrics.retrieval import corpus_retrieval, problem_retrieval


def tied_vectors(count: int, seed: int) -> np.ndarray:
    """Vectors out of few, so that many are equal."""
    random = np.random.default_rng(seed)
    return random.normal(size=(3, 4))[random.integers(0, 3, count)]


@pytest.mark.parametrize("seed", range(3))
def test_equal_to_every_order_of_the_ties(seed: int) -> None:
    random = np.random.default_rng(seed)
    queries, targets = tied_vectors(4, seed), tied_vectors(6, seed)
    right = random.random((4, 6)) < 0.35
    right[0] = False
    right[1, 2] = True
    found = corpus_retrieval(queries, targets, np.nonzero(right), ks=(1, 2, 5))
    asked = np.flatnonzero(right.any(1))
    for k in (1, 2, 5):
        hits = []
        for query in asked:
            scores = np.round(targets @ queries[query] / np.linalg.norm(targets, axis=1), 9)
            orders = [
                order
                for order in permutations(range(6))
                if all(scores[a] >= scores[b] for a, b in pairwise(order))
            ]
            hits.append(np.mean([right[query][list(order[:k])].any() for order in orders]))
        assert found.recall[k] == pytest.approx(np.mean(hits))
    assert found.queries == len(asked)


def test_a_constant_encoder_scores_chance_both_ways() -> None:
    same = np.tile(np.array([[0.3, -0.2, 0.9]], dtype=np.float32), (50, 1))
    pairs = np.arange(50), np.arange(50)
    for a, b in ((same, same[:, ::1]), (np.zeros_like(same), same)):
        found = corpus_retrieval(a, b, pairs)
        assert found.recall == pytest.approx({1: 0.02, 5: 0.1, 10: 0.2})
        assert found.median_rank == 25.5


def test_several_right_answers_of_a_constant_encoder_are_chance_too() -> None:
    same = np.ones((10, 2))
    found = corpus_retrieval(same[:1], same, (np.zeros(3, dtype=int), np.array([1, 4, 7])), ks=(1, 10))
    assert found.recall == pytest.approx({1: 0.3, 10: 1.0})


def test_a_perfect_encoder_and_one_that_is_always_second() -> None:
    vectors = np.random.default_rng(0).normal(size=(40, 16))
    index = np.arange(40)
    assert corpus_retrieval(vectors, vectors, (index, index)).recall == {1: 1.0, 5: 1.0, 10: 1.0}
    assert corpus_retrieval(vectors, vectors, (index, index)).median_rank == 1
    shadowed = np.concatenate([vectors, 0.99 * vectors + 0.01])
    found = corpus_retrieval(vectors, shadowed, (index, index + 40), ks=(1, 2))
    assert found.recall == {1: 0.0, 2: 1.0}


def test_nan_is_refused() -> None:
    vectors = np.ones((3, 2))
    broken = np.full((3, 2), np.nan)
    pair = np.array([0]), np.array([0])
    for queries, targets in ((broken, vectors), (vectors, broken)):
        with pytest.raises(LooseleafError, match="not finite"):
            corpus_retrieval(queries, targets, pair)


def test_blocks_and_the_order_of_targets_change_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    random = np.random.default_rng(0)
    queries, targets = random.normal(size=(30, 5)), random.normal(size=(45, 5))
    rows, columns = np.nonzero(random.random((30, 45)) < 0.05)
    wanted = corpus_retrieval(queries, targets, (rows, columns))
    monkeypatch.setattr(retrieval, "_BLOCK", 100)
    order = random.permutation(45)
    assert corpus_retrieval(queries, targets[order], (rows, np.argsort(order)[columns])) == wanted


def test_sections_of_all_documents_are_searched() -> None:
    layout = Layout(
        image_offsets=np.array([0, 1, 2]),
        text_offsets=np.array([0, 2, 3]),
        image_section=np.array([1, 1]),
        text_section=np.array([1, 2, 1]),
        caption_of=np.full(3, -1),
    )
    texts = np.eye(3)
    forth, back = problem_retrieval(section_links(layout), texts[[0, 2]], texts, ks=(1,))
    assert (forth.recall[1], forth.queries) == (1.0, 2)
    assert (back.recall[1], back.queries) == (1.0, 2)


def test_no_right_answer_at_all() -> None:
    none = np.zeros(0, dtype=np.int64)
    found = corpus_retrieval(np.ones((2, 2)), np.ones((2, 2)), (none, none))
    assert found.queries == 0
    assert np.isnan(found.recall[1])
