"""The table: a row for the run and each baseline, slices, seeds, and what a constant or a length scores."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from storage.errors import LooseleafError
from storage.shards import open_shards
from tests.training.shard_samples import write_samples
from training.baselines import compared_objectives
from training.config import TrainConfig, config_from
from training.data import usable_documents
from training.evaluate import evaluate_run
from training.evaluation.corpus import read_corpus
from training.evaluation.row import joined, length_row, over_seeds, vector_row
from training.evaluation.slices import sliced_row
from training.loop import train_loop
from training.objectives.named import objective_name


def _config(**changes: Any) -> TrainConfig:
    settings = {
        "steps": 60,
        "batch": {"documents": 16},
        "optimizer": {"lr": 3e-3},
        "model": {"text_hidden": 0},
    }
    return config_from({**settings, **changes})


@pytest.fixture(scope="module")
def shards(tmp_path_factory: pytest.TempPathFactory) -> str:
    return write_samples(tmp_path_factory.mktemp("shards"), documents=120)


@pytest.fixture(scope="module")
def result(shards: str, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    run = tmp_path_factory.mktemp("run")
    train_loop(_config(), shards, str(run), watch=False)
    found = evaluate_run(str(run), seeds=2)
    assert json.loads((run / "metrics.json").read_text()) == found
    return found


def test_every_name_and_part_has_a_row(result: dict[str, Any]) -> None:
    names = ["unaligned", "unaligned_layout", "clip_random", "clip_adjacent", "clip_true", "untrained"]
    expected = {f"{name}/{part}" for name in names for part in ("pixels", "words", "both")}
    expected |= {f"unaligned/{part}" for part in ("lexical", "picture_words", "all", "all_layout")}
    assert set(result["metrics"]) == expected | {"section_length"}
    assert set(result["units"]) == {"pixels", "words", "lexical", "picture_words"}
    assert result["units"]["picture_words"]["weight"] == pytest.approx(0, abs=1e-6)
    everything, single = (
        result["metrics"][f"unaligned/{part}"]["in_doc_auc_dc"] for part in ("all", "pixels")
    )
    assert everything > single
    assert next(iter(result["metrics"])).startswith("unaligned/")
    row = result["metrics"]["unaligned/both"]
    assert {
        "in_doc_auc",
        "in_doc_auc_dc",
        "in_doc_p_at_1",
        "corpus_recall_at_10",
        "caption_auc",
        "modality_gap",
    } <= set(row)
    assert row["seeds"] == 2
    assert set(row["slices"]) == {"links", "sections", "source:made", "source:found"}
    assert row["documents"] == row["slices"]["links"]["documents"] + row["slices"]["sections"]["documents"]
    both = (
        row["corpus_recall_at_5"],
        (row["image_to_text_recall_at_5"] + row["text_to_image_recall_at_5"]) / 2,
    )
    assert both[0] == pytest.approx(both[1])


def test_slices_are_of_every_kind_and_row(result: dict[str, Any]) -> None:
    slices = result["slices"]
    assert {one["kind"] for one in slices} == {"source", "language", "set size", "frequency"}
    rows = {
        f"{name}/{part}" for name in ("unaligned", "untrained", "clip_true") for part in ("pixels", "both")
    }
    assert all(rows <= set(one["rows"]) for one in slices)
    of_sources = [one for one in slices if one["kind"] == "source"]
    assert sum(one["documents"] for one in of_sources) == result["metrics"]["unaligned/both"]["documents"]
    assert all((one["rows"]["unaligned/both"]["mean"] is None) == one["too_small"] for one in slices)


def test_training_beats_random_pairs_and_no_training(result: dict[str, Any]) -> None:
    table = result["metrics"]
    learned = table["unaligned/pixels"]["slices"]["links"]["in_doc_auc"]
    assert learned > table["clip_random/pixels"]["slices"]["links"]["in_doc_auc"] + 0.05
    assert learned > table["untrained/pixels"]["slices"]["links"]["in_doc_auc"] + 0.1
    assert abs(table["untrained/pixels"]["in_doc_auc"] - 0.5) < 0.2
    assert table["unaligned/pixels"]["in_doc_auc_spread"] < 0.1


def test_length_says_nothing_after_centring(result: dict[str, Any]) -> None:
    row = result["metrics"]["section_length"]
    assert row["in_doc_auc_dc"] == pytest.approx(0.5)
    assert "corpus_recall_at_10" not in row


def test_constant_vectors_score_chance(shards: str) -> None:
    reader = open_shards(shards)
    corpus = read_corpus(reader, usable_documents(reader, "test"))

    def constant(chosen: Any) -> dict[str, float]:
        counts = chosen.images.sum(), chosen.texts.sum()
        return vector_row(chosen.corpus, *(np.ones((count, 4), np.float32) for count in counts))

    row = sliced_row(corpus, constant).whole
    assert row["in_doc_auc"] == pytest.approx(0.5)
    assert row["corpus_recall_at_1"] < 0.1


def test_order_of_documents_and_their_selection_change_nothing(shards: str) -> None:
    reader = open_shards(shards)
    documents = usable_documents(reader, "test")
    there = sliced_row(read_corpus(reader, documents), lambda chosen: length_row(chosen.corpus))
    back = sliced_row(read_corpus(reader, documents[::-1]), lambda chosen: length_row(chosen.corpus))
    for name, value in there.whole.items():
        assert back.whole[name] == pytest.approx(value, nan_ok=True)


def test_rows_are_joined_by_weight() -> None:
    first = {"in_doc_auc": 0.5, "documents": 1, "caption_auc": math.nan, "caption_documents": 0, "queries": 2}
    second = {"in_doc_auc": 0.8, "documents": 2, "caption_auc": 0.9, "caption_documents": 2, "queries": 2}
    whole = joined([first, second])
    assert whole["in_doc_auc"] == pytest.approx(0.7)
    assert whole["caption_auc"] == pytest.approx(0.9)
    assert (whole["documents"], whole["queries"]) == (3, 4)
    spread = over_seeds([{"in_doc_auc": 0.5, "documents": 3}, {"in_doc_auc": 0.7, "documents": 3}])
    assert spread["in_doc_auc_spread"] == pytest.approx(0.2 / math.sqrt(2))
    assert "documents_spread" not in spread


def test_the_own_objective_is_compared_once() -> None:
    own = config_from({"objective": {"name": "clip_true", "pairs": {"per_document": 4}}}).objective
    objectives = compared_objectives(own)
    assert objectives[0] == own
    assert len({objective_name(objective) for objective in objectives}) == len(objectives) == 5


def test_what_cannot_be_evaluated_is_named(shards: str, tmp_path: Path) -> None:
    with pytest.raises(LooseleafError, match="no finished training run"):
        evaluate_run(str(tmp_path / "none"))
    train_loop(_config(steps=2), shards, str(tmp_path / "run"), watch=False)
    few = write_samples(tmp_path / "few", documents=2)
    with pytest.raises(LooseleafError, match=r"The test split of .* holds no document"):
        evaluate_run(str(tmp_path / "run"), few, seeds=1, baselines=False)
