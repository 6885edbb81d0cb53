from __future__ import annotations

import numpy as np
import pytest

from storage.errors import LooseleafError
from training.metrics.links import LinkMetrics, grouped_auc, link_metrics, told_apart, truth_of_best
from training.metrics.pairs import offsets_of, own_pairs

ROWS = offsets_of(np.array([2, 3, 0, 1, 4, 2]))
COLUMNS = offsets_of(np.array([3, 2, 4, 1, 5, 2]))
PAIRS = int((np.diff(ROWS) * np.diff(COLUMNS)).sum())


def sample(seed: int = 0, levels: int = 4) -> tuple[np.ndarray, np.ndarray]:
    """Scores with many ties, and links; the last document is linked everywhere."""
    random = np.random.default_rng(seed)
    truth = random.random(PAIRS) < 0.4
    truth[-4:] = True
    return random.integers(0, levels, PAIRS).astype(np.float64), truth


def matrices(values: np.ndarray) -> list[np.ndarray]:
    sizes = np.diff(ROWS) * np.diff(COLUMNS)
    pieces = np.split(values, np.cumsum(sizes)[:-1])
    return [p.reshape(m, n) for p, m, n in zip(pieces, np.diff(ROWS), np.diff(COLUMNS), strict=True)]


def auc_in_a_loop(scores: np.ndarray, truth: np.ndarray) -> float:
    wins = [(s > t) + 0.5 * (s == t) for s in scores[truth] for t in scores[~truth]]
    return float(np.mean(wins))


def _expected_truth_of_best(scores: np.ndarray, truth: np.ndarray, k: int) -> float:
    """The mean truth of the k best; each of those that are level is as likely to come first."""
    total, left = 0.0, min(k, len(scores))
    for level in sorted(set(scores.tolist()), reverse=True):
        tied = truth[scores == level]
        taken = min(left, len(tied))
        total, left = total + taken * tied.mean(), left - taken
    return total / min(k, len(scores))


def brute_force(scores: np.ndarray, truth: np.ndarray) -> LinkMetrics:
    aucs, centred, apart, best, fives, accuracy = [], [], [], [], [], []
    for score, true in zip(matrices(scores), matrices(truth), strict=True):
        if not true.any() or true.all():
            continue
        aucs.append(auc_in_a_loop(score, true))
        middle = score - score.mean(0) - score.mean(1, keepdims=True) + score.mean()
        centred.append(auc_in_a_loop(middle.round(9), true))
        if not (true == true[0]).all():
            apart.append(centred[-1])
        best.append(true[score == score.max()].mean())
        fives.append(_expected_truth_of_best(score.ravel(), true.ravel(), 5))
        rows = [t[s == s.max()].mean() for s, t in zip(score, true, strict=True) if t.any()]
        accuracy.append(np.mean(rows))
    return LinkMetrics(
        *(float(np.mean(x)) for x in (aucs, centred, apart, best, fives, accuracy)),
        documents=len(aucs),
        apart=len(apart),
    )


@pytest.mark.parametrize("seed", range(5))
def test_equal_to_brute_force_with_ties(seed: int) -> None:
    scores, truth = sample(seed)
    found, wanted = link_metrics(scores, truth, ROWS, COLUMNS), brute_force(scores, truth)
    for name in ("auc", "auc_dc", "p_at_1", "accuracy", "documents"):
        assert getattr(found, name) == pytest.approx(getattr(wanted, name)), name


def test_perfect_constant_and_reversed() -> None:
    _, truth = sample()
    assert link_metrics(truth.astype(float), truth, ROWS, COLUMNS).auc == 1
    assert link_metrics(-truth.astype(float), truth, ROWS, COLUMNS).auc == 0
    flat = link_metrics(np.full(PAIRS, 0.3), truth, ROWS, COLUMNS)
    assert flat.auc == flat.auc_dc == 0.5
    assert flat.p_at_1 == pytest.approx(
        np.mean([t.mean() for t in matrices(truth) if t.any() and not t.all()])
    )


def test_a_score_of_the_column_alone_gets_one_half_after_centring() -> None:
    _, truth = sample()
    _, columns, _ = own_pairs(ROWS, COLUMNS)
    prior = np.random.default_rng(1).random(int(COLUMNS[-1])).astype(np.float32)[columns]
    found = link_metrics(prior, truth, ROWS, COLUMNS)
    assert found.auc_dc == 0.5
    assert found.auc != 0.5


def test_order_within_and_of_documents_changes_nothing() -> None:
    scores, truth = sample(3, levels=50)
    order = [4, 0, 5, 3, 1, 2]
    random = np.random.default_rng(0)
    moved_scores, moved_truth = [], []
    for index in order:
        score, true = matrices(scores)[index], matrices(truth)[index]
        rows, columns = random.permutation(score.shape[0]), random.permutation(score.shape[1])
        moved_scores.append(score[rows][:, columns].ravel())
        moved_truth.append(true[rows][:, columns].ravel())
    found = link_metrics(
        np.concatenate(moved_scores),
        np.concatenate(moved_truth),
        offsets_of(np.diff(ROWS)[order]),
        offsets_of(np.diff(COLUMNS)[order]),
    )
    wanted = link_metrics(scores, truth, ROWS, COLUMNS)
    for name in ("auc", "auc_dc", "p_at_1", "accuracy", "documents"):
        assert getattr(found, name) == pytest.approx(getattr(wanted, name)), name


def test_nan_is_refused_and_nothing_is_nan() -> None:
    scores, truth = sample()
    scores[3] = np.nan
    with pytest.raises(LooseleafError, match="1 of 37 numbers in link scores are not finite"):
        link_metrics(scores, truth, ROWS, COLUMNS)
    empty = link_metrics(np.zeros(0), np.zeros(0, dtype=bool), np.array([0, 2]), np.array([0, 0]))
    assert empty.documents == 0
    assert np.isnan(empty.auc)
    nothing = link_metrics(np.zeros(0), np.zeros(0, dtype=bool), np.array([0]), np.array([0]))
    assert nothing.documents == 0


def test_auc_of_groups_without_both_classes_is_one_half() -> None:
    scores, truth = np.array([1.0, 2.0, 3.0]), np.array([True, True, False])
    assert grouped_auc(scores, truth, np.array([0, 0, 2]), 3).tolist() == [0.5, 0.5, 0.5]


def test_truth_of_the_five_best_shares_what_is_level() -> None:
    scores = np.array([3.0, 2.0, 2.0, 2.0, 1.0, 5.0])
    truth = np.array([True, True, False, False, True, True])
    groups = np.array([0, 0, 0, 0, 0, 1])
    best = truth_of_best(scores, truth, groups, 3, 2)
    assert best == pytest.approx([(1 + 1 / 3) / 2, 1.0, 0.0])
    assert truth_of_best(scores, truth, groups, 3, 1) == pytest.approx([1.0, 1.0, 0.0])
    constant = truth_of_best(np.zeros(6), truth, groups, 3, 5)
    assert constant == pytest.approx([0.6, 1.0, 0.0])


def test_a_document_whose_links_are_a_prior_of_sections_is_no_test_of_images() -> None:
    rows, columns = np.array([0, 1, 3, 5]), np.array([0, 2, 4, 6])
    one_image, one_section, apart = [True, False], [True, False, True, False], [True, False, False, True]
    truth = np.array(one_image + one_section + apart)
    np.testing.assert_array_equal(told_apart(truth, rows, columns), [False, False, True])
    found = link_metrics(truth.astype(float), truth, rows, columns)
    assert found.auc_dc == pytest.approx(2 / 3)
    assert found.auc_dc_apart == pytest.approx(1.0)
    assert (found.documents, found.apart) == (3, 1)
    none = link_metrics(truth[:2].astype(float), truth[:2], rows[:2], columns[:2])
    assert np.isnan(none.auc_dc_apart)
