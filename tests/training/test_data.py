"""From shards to tensors: which documents train, inputs of trained encoders, centres."""

import json
from pathlib import Path

import numpy as np
import pytest
import torch

from storage.errors import LooseleafError
from storage.shards import open_shards
from tests.training.shard_samples import write_samples
from training.centres import feature_centres
from training.config import BatchSettings, EncoderSettings, config_from
from training.data import (
    document_names,
    drawn_sizes,
    load_step,
    load_whole,
    too_large,
    training_order,
    usable_documents,
)
from training.loop import train_loop


def test_only_documents_with_both_sides_train(tmp_path: Path) -> None:
    reader = open_shards(write_samples(tmp_path))
    names = document_names(reader, "train")
    order = training_order(reader, BatchSettings(documents=8))
    seen = np.concatenate(order.epoch(0, 0))
    assert sorted(seen.tolist()) == usable_documents(reader, "train").tolist()
    without_images = {"doc-000", "doc-011", "doc-022", "doc-033", "doc-044", "doc-055"}
    assert {names[index] for index in names} - {names[index] for index in seen} == without_images & set(
        names.values()
    )
    assert not set(seen.tolist()) & set(usable_documents(reader, "test").tolist())
    sizes = drawn_sizes(reader, "train", BatchSettings(max_images=1, max_texts=3))
    assert (sizes[seen] >= 2).all()
    assert sizes.max() == 4


def test_too_few_documents_are_named(tmp_path: Path) -> None:
    reader = open_shards(write_samples(tmp_path, documents=2))
    with pytest.raises(LooseleafError, match="hold 1 training documents"):
        training_order(reader, BatchSettings())


def test_inputs_of_trained_encoders(tmp_path: Path) -> None:
    reader = open_shards(write_samples(tmp_path, documents=12, with_bytes=True))
    encoders = EncoderSettings(image="patch", text="tokens")
    documents = usable_documents(reader, "train")[:4]
    batch = load_step(reader, documents, BatchSettings(max_images=2, max_texts=3), encoders, draw=1)
    assert batch.images is not None
    assert batch.images.shape == (int(batch.image_offsets[-1]), 3, 64, 64)
    assert batch.text_token_offsets is not None
    assert len(batch.text_token_offsets) == int(batch.text_offsets[-1]) + 1
    assert batch.has_words.all()
    empty = load_step(reader, documents[:0], BatchSettings(), encoders, draw=1)
    assert len(empty) == 0


def test_missing_bytes_are_named(tmp_path: Path) -> None:
    reader = open_shards(write_samples(tmp_path, documents=12))
    with pytest.raises(LooseleafError, match="include_bytes: true"):
        load_whole(reader, usable_documents(reader, "train"), EncoderSettings(image="patch"))


def test_centres_are_means_of_training_documents(tmp_path: Path) -> None:
    reader = open_shards(write_samples(tmp_path))
    batch = reader.batch(reader.documents_of("train"))
    centres = feature_centres(reader)
    torch.testing.assert_close(centres.pixels, torch.from_numpy(batch.pixels.mean(axis=0)))
    worded = batch.words[batch.words.any(axis=1)]
    assert len(worded) < len(batch.words)
    torch.testing.assert_close(centres.words, torch.from_numpy(worded.mean(axis=0)))


def test_a_document_larger_than_half_of_the_budget_is_left_out_and_told(tmp_path: Path) -> None:
    shards = write_samples(tmp_path / "shards")
    reader = open_shards(shards)
    settings = BatchSettings(units=12)
    large = too_large(reader, settings)
    usable = usable_documents(reader, "train")
    assert 0 < len(large) < len(usable)
    seen = np.concatenate(training_order(reader, settings).epoch(0, 0))
    assert sorted([*seen.tolist(), *large.tolist()]) == usable.tolist()
    with pytest.raises(LooseleafError, match=r"Of \d+ training documents \d+ are larger than half of batch"):
        training_order(reader, BatchSettings(units=4))
    config = config_from({"steps": 2, "batch": {"units": 12}, "model": {"text_hidden": 0}})
    train_loop(config, shards, str(tmp_path / "run"))
    looks = json.loads((tmp_path / "run" / "diagnosis.json").read_text())["looks"]
    told = next(entry for entry in looks[0]["findings"] if entry["name"] == "left_out")
    assert told["verdict"] == "found"
    one_sided = len(reader.documents_of("train")) - len(usable)
    assert f"{one_sided} without images or without texts and {len(large)} that are larger" in told["sentence"]
