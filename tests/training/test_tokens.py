"""Runs with tokens: cached ones and those of encoders in place, CLIP as their limit, and what is refused."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from storage.errors import LooseleafError
from storage.shards import open_shards
from tests.training.objectives.models import DRAW, model_of
from tests.training.ragged_samples import SIZES, batch_of
from tests.training.shard_samples import write_samples
from tests.training.token_samples import EVERY_SCALE, with_scales
from training import ragged
from training.assemble import build_model, objective_of
from training.batch import concatenate
from training.config import config_from
from training.data import load_step, load_whole, usable_documents
from training.encoded import Encoded
from training.encoders.token_settings import TokenSettings
from training.evaluate import evaluate_run
from training.evaluation.corpus import read_corpus
from training.evaluation.token_scores import token_row, token_scores
from training.gradient_cache import encode_in_chunks
from training.lines import read_lines
from training.loop import train_loop
from training.model import UnalignedModel
from training.objectives.named import named_objective
from training.run_encoder import load_run

TOKENS = {"image": ["whole", "tiles"], "text": ["section", "sentences", "words"]}
SMALL = {
    "steps": 6,
    "batch": {"documents": 8, "max_images": 3, "max_texts": 4},
    "model": {"text_hidden": 8},
    "objective": "late_interaction",
}


@pytest.fixture(scope="module")
def shards(tmp_path_factory: pytest.TempPathFactory) -> str:
    folder = tmp_path_factory.mktemp("shards")
    return write_samples(folder, tokens=("tiles", "sentences", "words"), with_bytes=True)


def _model(tokens: TokenSettings) -> UnalignedModel:
    return model_of(named_objective("late_interaction"), tokens=tokens)


@pytest.mark.parametrize("scales", ["apart", "joined"])
def test_one_whole_and_one_section_are_clip(scales: str) -> None:
    batch = batch_of([(1, 1)] * 5)
    told: dict[str, Any] = {"name": "late_interaction"}
    told["terms"] = [{"similarity": {"form": "late_interaction", "scales": scales}}]
    objective = config_from({"objective": told}).objective
    tokens = TokenSettings(image=("whole",), text=("section",))
    late, clip = model_of(objective, tokens=tokens), model_of(named_objective("clip_random"))
    clip.load_state_dict(late.state_dict(), strict=False)
    losses = [objective_of(m, batch, m.encode(batch, draw=DRAW), DRAW).total for m in (late, clip)]
    assert float(losses[0].detach()) == pytest.approx(float(losses[1].detach()), abs=1e-6)


def test_tokens_follow_their_units_and_what_is_left_out_has_none() -> None:
    batch = with_scales(batch_of(SIZES))
    model = _model(EVERY_SCALE).eval()
    whole = model.encode(batch)
    order = [5, 1, 0]
    part = model.encode(batch.select(order))
    _same_units(part, whole, order)
    again = model.encode(concatenate([batch.select([5]), batch.select([1, 0])]))
    _same_units(again, whole, order)
    words = model.encode(batch, "words")
    assert words.image_tokens is not None
    assert set(words.image_tokens.scales.tolist()) == {0}
    # A section's token is the same for all its texts, and that of a lone text is the text.
    assert whole.text_tokens is not None
    sections = whole.text_tokens.vectors[whole.text_tokens.scales == 0]
    places = list(
        zip(ragged.segment_ids(batch.text_offsets).tolist(), batch.text_section.tolist(), strict=True)
    )
    for index, place in enumerate(places):
        assert torch.equal(sections[index], sections[places.index(place)])
        if places.count(place) == 1:
            torch.testing.assert_close(sections[index], whole.texts[index])


def _same_units(part: Encoded, whole: Encoded, documents: list[int]) -> None:
    for own, every, offsets in (
        (part.image_tokens, whole.image_tokens, whole.image_offsets),
        (part.text_tokens, whole.text_tokens, whole.text_offsets),
    ):
        assert own is not None
        assert every is not None
        rows, _ = ragged.select_rows(offsets, torch.tensor(documents))
        expected = every.select(rows)
        torch.testing.assert_close(own.vectors, expected.vectors)
        assert own.offsets.tolist() == expected.offsets.tolist()
        assert own.scales.tolist() == expected.scales.tolist()


@pytest.mark.parametrize("at_once", [1, 3])
def test_chunks_are_one_pass(at_once: int) -> None:
    batch = with_scales(batch_of(SIZES))
    found = []
    for documents in (0, at_once):
        model = _model(EVERY_SCALE)
        encoding = encode_in_chunks(model, batch, DRAW, documents)
        loss = objective_of(model, batch, encoding.encoded, DRAW).total
        torch.autograd.backward(loss)
        encoding.backward()
        found.append([parameter.grad for parameter in model.parameters()])
    assert any(gradient is not None and gradient.abs().max() > 1e-3 for gradient in found[0])
    for first, second in zip(*found, strict=True):
        if first is not None:
            torch.testing.assert_close(first, second, atol=1e-6, rtol=1e-5)


def test_a_run_learns_from_cached_tokens_and_goes_on(shards: str, tmp_path: Path) -> None:
    told = config_from({**SMALL, "steps": 40, "encoders": {"tokens": TOKENS}})
    train_loop(told, shards, str(tmp_path))
    losses = [line["loss"] for line in read_lines(str(tmp_path), "progress.jsonl")]
    assert losses[-1] < 0.9 * losses[0]
    trained = load_run(str(tmp_path))
    logits = trained.model.state_dict()["objective.terms.0.similarity.weights.logits"]
    assert logits.abs().max() > 0
    reader = open_shards(shards)
    corpus = read_corpus(reader, usable_documents(reader, "test"))
    scores = token_scores(trained.model, reader, corpus.documents, told.encoders)
    assert len(scores) == len(corpus.link)
    row = token_row(trained.model, reader, corpus, told.encoders).whole
    assert 0 <= row["in_doc_auc"] <= 1
    table = evaluate_run(str(tmp_path), seeds=1, baselines=False)["metrics"]
    assert table["late_interaction/tokens"]["in_doc_auc"] == pytest.approx(row["in_doc_auc"])
    assert table["late_interaction/both"]["in_doc_auc"] != table["late_interaction/tokens"]["in_doc_auc"]
    # A document's scores do not depend on what is scored beside it.
    alone = token_scores(trained.model, reader, corpus.documents[1:2], told.encoders)
    first = int(reader.batch(corpus.documents[:1]).prior_offsets[-1])
    np.testing.assert_allclose(alone, scores[first : first + len(alone)], atol=1e-6)


def test_a_step_reads_the_tokens_of_the_members_that_it_draws(shards: str) -> None:
    reader = open_shards(shards)
    told = config_from({**SMALL, "encoders": {"tokens": TOKENS}})
    documents = usable_documents(reader, "train")[:5]
    step = load_step(reader, documents, told.batch, told.encoders, 7)
    whole = load_whole(reader, documents, told.encoders)
    assert step.image_scales is not None
    assert whole.image_scales is not None
    assert len(step.pixels) < len(whole.pixels)
    rows = [int(torch.nonzero((whole.pixels == row).all(1))[0]) for row in step.pixels]
    torch.testing.assert_close(
        step.image_scales.vectors, whole.image_scales.select(torch.tensor(rows)).vectors
    )


def test_encoders_in_place_give_tokens(shards: str, tmp_path: Path) -> None:
    encoders = {"image": "efficientnet-lite0", "text": "minilm", "tokens": {**TOKENS, "image": ["patches"]}}
    lora = {"kind": "lora", "rank": 2}
    told = config_from(
        {
            **SMALL,
            "steps": 2,
            "batch": {"documents": 3, "max_images": 1, "max_texts": 2, "encode_documents": 2},
            "encoders": {**encoders, "image_tuning": lora, "text_tuning": lora},
        }
    )
    train_loop(told, shards, str(tmp_path), watch=False)
    assert all(np.isfinite(line["loss"]) for line in read_lines(str(tmp_path), "progress.jsonl"))
    reader = open_shards(shards)
    batch = load_whole(reader, usable_documents(reader, "train")[:2], told.encoders)
    model = build_model(told, reader.index.spec)
    encoded = model.encode(batch, "pixels")
    assert encoded.image_tokens is not None
    assert encoded.text_tokens is not None
    assert ragged.lengths(encoded.image_tokens.offsets).tolist() == [4] * len(encoded.images)
    assert set(encoded.text_tokens.scales.tolist()) == {0, 1, 2}
    encoded.image_tokens.vectors[:, 0].sum().backward()
    assert model.image_encoder is not None
    assert any(p.grad is not None and p.grad.abs().max() > 0 for p in model.image_encoder.parameters())


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"encoders": {"tokens": {"image": ["patches"]}}}, "no tokens of the scale patches"),
        ({"encoders": {"tokens": TOKENS}, "objective": "unaligned"}, "late_interaction alone"),
        ({"encoders": {"tokens": TOKENS, "image": "patch"}}, "the image encoder patch gives no tiles"),
        ({"encoders": {"tokens": {"text": ["words", "words"]}}}, "names a scale twice"),
        ({"encoders": {"tokens": {"text": ["letters"]}}}, "letters"),
    ],
)
def test_what_is_refused(shards: str, changes: dict[str, Any], reason: str) -> None:
    with pytest.raises(LooseleafError, match=reason):
        build_model(config_from({**SMALL, **changes}), open_shards(shards).index.spec)


def test_a_batch_without_the_tokens_that_the_model_reads_is_refused() -> None:
    batch = with_scales(batch_of(SIZES))
    with pytest.raises(ValueError, match="no image_scales"):
        _model(EVERY_SCALE).encode(replace(batch, image_scales=None))
