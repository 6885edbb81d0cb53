"""Slices are cut by what documents hold, count what was measured, and say where there is too little."""

from __future__ import annotations

import numpy as np
import pytest

from storage.shards import ShardReader, open_shards
from tests.training.shard_samples import write_samples
from training.data import usable_documents
from training.evaluation.breakdown import Slice, broken_down, document_slices, term_frequencies
from training.evaluation.corpus import Corpus, read_corpus
from training.evaluation.document_scores import document_scores
from training.evaluation.row import vector_row
from training.evaluation.slices import sliced_row
from training.units.terms import terms


@pytest.fixture(scope="module")
def reader(tmp_path_factory: pytest.TempPathFactory) -> ShardReader:
    return open_shards(write_samples(tmp_path_factory.mktemp("shards"), documents=180))


@pytest.fixture(scope="module")
def corpus(reader: ShardReader) -> Corpus:
    return read_corpus(reader, usable_documents(reader, "test"))


def test_each_kind_cuts_all_documents_once(reader: ShardReader, corpus: Corpus) -> None:
    slices = document_slices(corpus, reader, reader)
    for kind in ("source", "language", "set size", "frequency"):
        held = np.sum([one.chosen for one in slices if one.kind == kind], axis=0)
        assert held.tolist() == [1] * len(corpus.documents), kind
        assert all(one.chosen.any() for one in slices)
    assert {one.name for one in slices if one.kind == "language"} == {"en", "not known"}


def test_sizes_are_pairs_of_images_and_texts(reader: ShardReader, corpus: Corpus) -> None:
    slices = {one.name: one.chosen for one in document_slices(corpus, reader, reader)}
    pairs = np.diff(corpus.layout.image_offsets) * np.diff(corpus.layout.text_offsets)
    assert (pairs[slices["up to 10 pairs"]] <= 10).all()
    assert (pairs[slices["11 to 30"]] >= 11).all()
    assert (pairs[slices["11 to 30"]] <= 30).all()


def test_frequencies_equal_a_naive_count(reader: ShardReader, corpus: Corpus) -> None:
    train = reader.batch(usable_documents(reader, "train"))
    known = [
        {term for text in train.texts[begin:end] for term in terms(text)}
        for begin, end in zip(train.text_offsets[:-1], train.text_offsets[1:], strict=True)
    ]
    batch = reader.batch(corpus.documents[:5])
    found = term_frequencies(corpus, reader, reader)
    for at in range(5):
        texts = batch.texts[batch.text_offsets[at] : batch.text_offsets[at + 1]]
        asked = {term for text in texts for term in terms(text)}
        assert found[at] == np.median([sum(term in one for one in known) for term in asked])
    rare = next(one for one in document_slices(corpus, reader, reader) if one.name.startswith("rare"))
    assert found[rare.chosen].max() < found[~rare.chosen].min()


def test_the_mean_over_documents_is_the_metric(corpus: Corpus) -> None:
    random = np.random.default_rng(0)
    images = random.normal(size=(int(corpus.layout.image_offsets[-1]), 5))
    texts = random.normal(size=(int(corpus.layout.text_offsets[-1]), 5))
    scores = document_scores(corpus, images, texts)
    row = sliced_row(
        corpus, lambda chosen: vector_row(chosen.corpus, images[chosen.images], texts[chosen.texts])
    )
    assert np.nanmean(scores) == pytest.approx(row.whole["in_doc_auc_dc"])
    assert (~np.isnan(scores)).sum() == row.whole["documents"]


def test_a_slice_counts_what_was_measured_and_a_small_one_says_so() -> None:
    scores = np.r_[np.full(30, 0.9), np.full(10, np.nan), np.full(10, 0.2)]
    large, small, none = (np.zeros(50, bool) for _ in range(3))
    large[:40], small[40:], none[30:40] = True, True, True
    found = broken_down(
        [Slice("source", name, chosen) for name, chosen in zip("lsn", (large, small, none), strict=True)],
        {"ours": scores},
    )
    assert [(one["documents"], one["too_small"]) for one in found] == [(30, False), (10, True), (0, True)]
    assert found[0]["rows"]["ours"] == pytest.approx({"mean": 0.9, "low": 0.9, "high": 0.9})
    assert found[1]["rows"]["ours"] == {"mean": None, "low": None, "high": None}
