"""Towers in a run: packaged encoders in place, one head for both, and an encoder that sees nothing."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from storage.errors import LooseleafError
from storage.shards import open_shards
from tests.training.shard_samples import write_samples
from training.assemble import build_model
from training.config import EncoderSettings, config_from
from training.data import load_whole, usable_documents
from training.evaluation.corpus import encode_documents, read_corpus
from training.evaluation.row import vector_row
from training.lines import read_lines
from training.loop import train_loop
from training.run_directory import read_json
from training.run_encoder import load_run


@pytest.fixture(scope="module")
def shards(tmp_path_factory: pytest.TempPathFactory) -> str:
    return write_samples(tmp_path_factory.mktemp("shards"), documents=36, with_bytes=True)


ADAPTED = {"kind": "lora", "rank": 2}


def test_packaged_encoders_train_in_place(shards: str, tmp_path: Path) -> None:
    encoders = {
        "image": "efficientnet-lite0",
        "text": "minilm",
        "image_tuning": ADAPTED,
        "text_tuning": {"kind": "bottleneck", "rank": 2},
    }
    told = config_from({"steps": 2, "batch": {"documents": 4}, "encoders": encoders})
    train_loop(told, shards, str(tmp_path), watch=False)
    counted = read_json(str(tmp_path), "run.json")["parameters"]
    assert counted["stages"][0]["trained"] < 0.1 * counted["all"]
    assert np.isfinite([line["loss"] for line in read_lines(str(tmp_path), "progress.jsonl")]).all()
    # The run encodes new texts as it encodes those of its shards.
    reader = open_shards(shards)
    documents = usable_documents(reader, "test")[:2]
    trained = load_run(str(tmp_path))
    vectors = encode_documents(trained.model, reader, documents, told.encoders, ("pixels",))
    fresh = trained.encode_texts(list(reader.batch(documents).texts))
    np.testing.assert_allclose(fresh, vectors.texts, atol=1e-5)
    assert trained.model.pixel_centre.mean.any()
    assert trained.model.text_centre.mean.any()


def test_a_shared_head_serves_pixels_and_texts(shards: str) -> None:
    reader = open_shards(shards)
    batch = load_whole(reader, usable_documents(reader, "train")[:4], EncoderSettings())
    for towers, moved in (("separate", False), ("shared", True)):
        model = build_model(config_from({"model": {"towers": towers}}), reader.index.spec)
        before = model.encode(batch, "pixels").images
        assert isinstance(model.text_head.change, nn.Sequential)
        nn.init.normal_(model.text_head.change[-1].weight)
        assert torch.equal(model.encode(batch, "pixels").images, before) is not moved


class _Constant(nn.Module):
    def forward(self, images: Tensor) -> Tensor:
        return torch.ones(len(images), 32)


def test_an_encoder_that_sees_nothing_scores_chance(shards: str) -> None:
    told = config_from({"encoders": {"image": "patch", "width": 32}})
    reader = open_shards(shards)
    model = build_model(told, reader.index.spec)
    model.image_encoder = _Constant()
    documents = usable_documents(reader, "test")
    corpus = read_corpus(reader, documents[read_corpus(reader, documents).has_links])
    vectors = encode_documents(model, reader, corpus.documents, told.encoders, ("pixels",))
    pixels = vectors.images["pixels"]
    # Each image is the same: none is nearer to its own text than to any other.
    row = vector_row(corpus, pixels, vectors.texts)
    assert row["in_doc_auc_dc"] == pytest.approx(0.5)
    assert row["text_to_image_recall_at_1"] == pytest.approx(1 / len(pixels))
    # And so are the texts.
    row = vector_row(corpus, pixels, np.ones_like(vectors.texts))
    assert row["in_doc_auc"] == pytest.approx(0.5)
    assert row["image_to_text_recall_at_1"] == pytest.approx(1 / len(vectors.texts))
    assert row["text_to_image_recall_at_1"] == pytest.approx(1 / len(pixels))


@pytest.mark.parametrize(
    ("encoders", "reason"),
    [
        ({"image_tuning": ADAPTED}, "image_tuning is of efficientnet-lite0"),
        ({"text": "minilm", "text_tuning": {"rank": 2}}, "full training has no rank"),
        ({"text": "tokens", "text_tuning": ADAPTED}, "text_tuning is of minilm"),
    ],
)
def test_a_tuning_that_nothing_reads_is_refused(encoders: dict[str, Any], reason: str) -> None:
    with pytest.raises(LooseleafError, match=reason):
        config_from({"encoders": encoders})
