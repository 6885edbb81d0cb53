"""Orphans and document sets: chance for a constant encoder, a naive loop, one for a perfect one."""

from __future__ import annotations

import numpy as np
import pytest

from training.metrics.documents import document_retrieval, document_scores, orphan_auroc

IMAGES, TEXTS = np.array([0, 2, 2, 5, 6]), np.array([0, 3, 4, 4, 8])


def test_document_scores_are_those_of_a_loop() -> None:
    random = np.random.default_rng(0)
    images, texts = random.normal(size=(6, 4)), random.normal(size=(8, 4))
    units = [matrix / np.linalg.norm(matrix, axis=1, keepdims=True) for matrix in (images, texts)]
    expected = np.zeros((4, 4))
    for a in range(4):
        for b in range(4):
            s = units[0][IMAGES[a] : IMAGES[a + 1]] @ units[1][TEXTS[b] : TEXTS[b + 1]].T
            if s.size:
                expected[a, b] = (s.max(axis=1).mean() + s.max(axis=0).mean()) / 2
    assert np.allclose(document_scores(images, texts, IMAGES, TEXTS), expected)


def test_a_constant_encoder_finds_documents_by_chance() -> None:
    offsets = np.arange(0, 42, 2)
    constant = np.ones((40, 3))
    found = document_retrieval(constant, constant, offsets, offsets)
    assert found.recall[1] == pytest.approx(1 / 20)
    assert found.recall[10] == pytest.approx(1 / 2)
    perfect = np.repeat(np.eye(20), 2, axis=0)
    assert document_retrieval(perfect, perfect, offsets, offsets).recall[1] == 1.0


def test_orphans() -> None:
    rows, columns = np.array([0, 2, 3]), np.array([0, 2, 4])
    truth = np.array([1, 0, 0, 0, 0, 1], bool)
    assert orphan_auroc(np.ones(6), truth, rows, columns) == 0.5
    assert orphan_auroc(np.where(truth, 1.0, 0.0), truth, rows, columns) == 1.0
    assert np.isnan(orphan_auroc(np.ones(6), np.zeros(6, bool), rows, columns))
