"""What is drawn is what the checks measured."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path

import numpy as np
import pytest

from storage.shards import open_shards
from tests.training.shard_samples import write_samples
from training.data import usable_documents
from training.diagnosis.alignment import true_pairs
from training.diagnosis.curves import Curves, curves_of
from training.diagnosis.hubness import hubness
from training.diagnosis.measured import Features, Space, read_features
from training.evaluation.corpus import read_corpus


@pytest.fixture(scope="module")
def space(tmp_path_factory: pytest.TempPathFactory) -> Space:
    reader = open_shards(write_samples(tmp_path_factory.mktemp("shards"), documents=90))
    corpus = read_corpus(reader, usable_documents(reader, "train"))
    random = np.random.default_rng(0)
    images, texts = (
        random.normal(size=(int(offsets[-1]), 8)).astype(np.float32)
        for offsets in (corpus.layout.image_offsets, corpus.layout.text_offsets)
    )
    images[:, 0] += 2
    images[:, 5:] = 0
    return Space(corpus, read_features(reader, corpus.documents), images, texts)


@pytest.fixture(scope="module")
def curves(space: Space) -> Curves:
    return curves_of(space)


def test_spectra_fall_from_one_and_show_the_dimensions(curves: Curves, space: Space) -> None:
    assert set(curves.spectra) == {"images", "images: encoder", "texts", "texts: encoder"}
    for values in curves.spectra.values():
        assert values[0] == pytest.approx(1)
        assert values == sorted(values, reverse=True)
    assert [value > 1e-3 for value in curves.spectra["images"]] == [True] * 5 + [False] * 3
    centred = space.features.texts - space.features.texts.mean(axis=0)
    wanted = np.linalg.svd(centred, compute_uv=False)
    np.testing.assert_allclose(curves.spectra["texts: encoder"], wanted / wanted[0], rtol=2e-3, atol=1e-4)


def test_histograms_hold_everything(curves: Curves) -> None:
    for histogram in (curves.gap, curves.pairs):
        assert all(sum(shares) == pytest.approx(1, abs=0.01) for shares in histogram.shares.values())
        assert len(histogram.edges) == 1 + len(next(iter(histogram.shares.values())))
    middle = (np.array(curves.gap.edges[1:]) + curves.gap.edges[:-1]) / 2
    means = [float(middle @ np.array(curves.gap.shares[name])) for name in ("images", "texts")]
    assert means[0] > means[1] + 0.2


def test_the_first_text_is_the_hub_of_the_check(curves: Curves, space: Space) -> None:
    found = hubness(space)
    assert found is not None
    assert curves.occurrences[0] == pytest.approx(found.value, rel=1e-3)
    assert curves.occurrences == sorted(curves.occurrences, reverse=True)


def test_true_pairs_are_links_or_sections(space: Space) -> None:
    rows, columns = true_pairs(space.corpus)
    layout = space.corpus.layout
    assert (layout.image_section[rows] == layout.text_section[columns]).all(), "in the samples they agree"
    assert len(rows) >= len(space.images)


def test_they_are_json_and_small_without_units(curves: Curves, space: Space, tmp_path: Path) -> None:
    assert len(json.dumps(asdict(curves), allow_nan=False)) < 20_000
    chosen = np.zeros(len(space.corpus.documents), dtype=bool)
    none = space.corpus.select(chosen).corpus
    empty = np.empty((0, 8), np.float32)
    found = curves_of(Space(none, Features(np.empty((0, 24)), np.empty((0, 16))), empty, empty))
    assert (found.spectra, found.occurrences) == ({}, [])
