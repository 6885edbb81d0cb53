"""Each fault of a space is provoked with vectors that have it, and is named; even vectors are not accused."""

from __future__ import annotations

import numpy as np
import pytest

from storage.shards import open_shards
from tests.training.shard_samples import write_samples
from training.data import usable_documents
from training.diagnosis.constant_encoder import constant_encoder
from training.diagnosis.diagnose import diagnose_links, diagnose_space
from training.diagnosis.finding import Finding
from training.diagnosis.measured import Features, Space
from training.evaluation.corpus import Corpus, read_corpus
from training.metrics.pairs import set_ids

WIDTH = 16


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Corpus:
    reader = open_shards(write_samples(tmp_path_factory.mktemp("shards"), documents=90))
    return read_corpus(reader, usable_documents(reader, "train"))


def _normal(corpus: Corpus, seed: int) -> tuple[np.ndarray, np.ndarray]:
    random = np.random.default_rng(seed)
    counts = int(corpus.layout.image_offsets[-1]), int(corpus.layout.text_offsets[-1])
    return random.normal(size=(counts[0], WIDTH)), random.normal(size=(counts[1], WIDTH))


def _space(corpus: Corpus, images: np.ndarray, texts: np.ndarray) -> Space:
    return Space(corpus, Features(*_normal(corpus, 99)), images, texts)


def _named(findings: list[Finding]) -> dict[str, Finding]:
    return {finding.name: finding for finding in findings if finding.verdict != "passed"}


@pytest.mark.parametrize("seed", range(3))
def test_even_vectors_are_not_accused(corpus: Corpus, seed: int) -> None:
    assert not _named(diagnose_space(_space(corpus, *_normal(corpus, seed))))


def test_all_alike(corpus: Corpus) -> None:
    images, texts = _normal(corpus, 0)
    named = _named(diagnose_space(_space(corpus, 1 + 0.05 * images, 1 + 0.05 * texts)))
    assert named["complete_collapse"].verdict == "found"
    assert named["uniformity"].verdict == "found"
    assert "cosine of 1.00" in named["complete_collapse"].warning


def test_a_dead_head(corpus: Corpus) -> None:
    images, texts = _normal(corpus, 0)
    named = _named(diagnose_space(_space(corpus, 0 * images, texts)))
    assert "all images have a vector of length zero" in named["complete_collapse"].sentence


def test_one_dimension_is_left(corpus: Corpus) -> None:
    images, texts = _normal(corpus, 0)
    images[:, 1:] *= 1e-6
    named = _named(diagnose_space(_space(corpus, images, texts)))
    assert named["dimensional_collapse"].verdict == "found"
    assert "complete_collapse" not in named


def test_a_few_points(corpus: Corpus) -> None:
    images, texts = _normal(corpus, 0)
    points = np.random.default_rng(1).normal(size=(3, WIDTH))
    named = _named(diagnose_space(_space(corpus, images, points[np.arange(len(texts)) % 3] + 0.02 * texts)))
    assert named["cluster_collapse"].verdict == "found"


def test_two_cones(corpus: Corpus) -> None:
    images, texts = _normal(corpus, 0)
    images[:, 0], texts[:, 0] = 3, -3
    assert _named(diagnose_space(_space(corpus, images, texts)))["modality_gap"].verdict == "found"


def test_a_hub(corpus: Corpus) -> None:
    images, texts = _normal(corpus, 0)
    images[:, 0] = 2.5
    texts[7] = np.eye(WIDTH)[0]
    assert _named(diagnose_space(_space(corpus, images, texts)))["hubness"].verdict == "found"


def test_documents_are_found_and_links_are_not(corpus: Corpus) -> None:
    images, texts = _normal(corpus, 0)
    topics = np.random.default_rng(1).normal(size=(len(corpus.documents), WIDTH))
    layout = corpus.layout
    space = _space(
        corpus,
        topics[set_ids(layout.image_offsets)] + 0.1 * images,
        topics[set_ids(layout.text_offsets)] + 0.1 * texts,
    )
    assert _named(diagnose_links(space, 0.51, 40))["shortcut"].verdict == "found"
    assert "shortcut" not in _named(diagnose_links(space, 0.7, 40))
    assert "shortcut" not in _named(diagnose_links(_space(corpus, images, texts), 0.51, 40))


def test_pairs_that_are_not_aligned(corpus: Corpus) -> None:
    images, texts = _normal(corpus, 0)
    assert "alignment" in _named(diagnose_links(_space(corpus, images, texts), 0.9, 40))


def test_a_constant_encoder() -> None:
    rows = np.ones((30, 4), np.float32)
    varied = np.random.default_rng(0).normal(size=(30, 4)).astype(np.float32)
    constant = constant_encoder(Features(rows, varied))
    assert constant is not None
    assert constant.verdict == "found"
    assert "image encoder" in constant.sentence
    healthy = constant_encoder(Features(varied, varied))
    assert healthy is not None
    assert healthy.verdict == "passed"
