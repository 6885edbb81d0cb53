"""Encoding in chunks changes nothing but the memory: loss, gradients and what is drawn stay as they were."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
import torch
import torch.distributed as dist
import torch.multiprocessing as mp
from torch import Tensor, nn

from tests.training.objectives.models import DRAW
from tests.training.ragged_samples import SIZES, batch_of
from tests.training.shard_samples import write_samples
from training import gather
from training.assemble import objective_of
from training.batch import TensorBatch
from training.config import config_from
from training.encoded import join_encoded
from training.encoders.tokens import TokenEncoder
from training.gradient_cache import encode_in_chunks
from training.lines import read_lines
from training.loop import train_loop
from training.model import ModelConfig, UnalignedModel
from training.objectives.named import named_objective
from training.objectives.objective import Objective
from training.objectives.settings import ObjectiveSettings, PairsSettings

OBJECTIVES = {name: named_objective(name) for name in ("unaligned_layout", "clip_random", "mil_nce")} | {
    "siglip": ObjectiveSettings(pairs=PairsSettings(per_document=2, contrast="sigmoid", bias=-2.0))
}


class Pixels(nn.Module):
    """An encoder that drops out, and notes the most images that it saw at once."""

    def __init__(self, dropout: float) -> None:
        super().__init__()
        self.layers = nn.Sequential(nn.Flatten(), nn.Linear(12, 6), nn.Dropout(dropout), nn.Linear(6, 6))
        self.most = 0

    def forward(self, images: Tensor) -> Tensor:
        self.most = max(self.most, len(images))
        vectors: Tensor = self.layers(images)
        return vectors


def documents() -> TensorBatch:
    batch = batch_of([*SIZES, (2, 2)])
    images, texts = len(batch.image_section), len(batch.text_section)
    random = torch.Generator().manual_seed(5)
    return replace(
        batch,
        pixels=batch.pixels.double(),
        words=batch.words.double(),
        texts=batch.texts.double(),
        prior=batch.prior.double(),
        images=torch.randn(images, 3, 2, 2, generator=random, dtype=torch.float64),
        word_tokens=torch.arange(2 * images) % 9,
        word_token_offsets=2 * torch.arange(images + 1),
        text_tokens=torch.arange(3 * texts) % 7,
        text_token_offsets=3 * torch.arange(texts + 1),
    )


def model_of(name: str, dropout: float = 0.0) -> UnalignedModel:
    torch.manual_seed(0)
    config = ModelConfig(pixel_width=6, text_width=4, text_hidden=4, part_dropout=0.5)
    model = UnalignedModel(config, Pixels(dropout), TokenEncoder(4, vocabulary=9))
    model.objective = Objective(OBJECTIVES[name], 6, 4)
    return model.double().train()


def gradients(
    model: UnalignedModel, batch: TensorBatch, documents_at_once: int
) -> tuple[Tensor, list[Tensor]]:
    encoding = encode_in_chunks(model, batch, DRAW, documents_at_once)
    loss = objective_of(model, batch, encoding.encoded, DRAW).total
    torch.autograd.backward(loss)
    encoding.backward()
    gather.sum_gradients(model)
    return loss.detach(), _held(model)


def _most_at_once(model: UnalignedModel) -> int:
    assert isinstance(model.image_encoder, Pixels)
    return model.image_encoder.most


def _held(model: UnalignedModel) -> list[Tensor]:
    trained = [parameter for parameter in model.parameters() if parameter.requires_grad]
    return [torch.zeros_like(p) if p.grad is None else p.grad for p in trained]


@pytest.mark.parametrize("name", OBJECTIVES)
@pytest.mark.parametrize("documents_at_once", [1, 3])
def test_chunks_are_one_pass(name: str, documents_at_once: int) -> None:
    batch, whole, cached = documents(), model_of(name), model_of(name)
    wanted, found = gradients(whole, batch, 0), gradients(cached, batch, documents_at_once)
    assert torch.allclose(found[0], wanted[0], atol=1e-12)
    assert all(torch.allclose(a, b, atol=1e-12) for a, b in zip(found[1], wanted[1], strict=True))
    assert whole.log_scale.grad is not None
    assert float(whole.log_scale.grad.abs()) > 1e-3
    assert _most_at_once(whole) == len(batch.image_section)
    assert _most_at_once(cached) <= 4 * documents_at_once


def test_what_is_dropped_stays_dropped() -> None:
    """The same as one graph through all chunks, and what is drawn next is drawn from the same state."""
    batch, whole, cached = documents(), model_of("unaligned_layout", 0.5), model_of("unaligned_layout", 0.5)
    torch.manual_seed(3)
    parts = [whole.encode(batch.select(range(first, first + 2)), "both", DRAW) for first in range(0, 8, 2)]
    wanted = objective_of(whole, batch, join_encoded(parts), DRAW).total
    torch.autograd.backward(wanted)
    after = torch.rand(3)
    torch.manual_seed(3)
    loss, found = gradients(cached, batch, 2)
    assert torch.equal(torch.rand(3), after)
    assert torch.allclose(loss, wanted, atol=1e-12)
    assert all(torch.allclose(a, b, atol=1e-12) for a, b in zip(found, _held(whole), strict=True))
    torch.manual_seed(4)
    other = gradients(model_of("unaligned_layout", 0.5), batch, 2)
    assert not torch.allclose(other[0], wanted, atol=1e-6), "or nothing is dropped at all"


def test_documents_that_hold_nothing() -> None:
    batch = documents().select([4, 1, 3])  # without both, without images, without texts
    loss, found = gradients(model_of("clip_random"), batch, 1)
    assert float(loss) == 0
    assert all((gradient == 0).all() for gradient in found)


#: The first worker encodes in chunks, the second has too few documents for that.
SPLIT = ([0, 1, 2, 3, 5], [4, 6, 7])


def _work(rank: int, folder: str) -> None:
    torch.set_num_threads(1)
    dist.init_process_group("gloo", init_method=f"file://{folder}/meet", rank=rank, world_size=2)
    results = {}
    for name in OBJECTIVES:
        share, found = gradients(model_of(name), documents().select(SPLIT[rank]), 3)
        results[name] = (gather.total(share), found)
    torch.save(results, f"{folder}/{rank}.pt")
    dist.destroy_process_group()


def test_two_workers_are_one(tmp_path: Path) -> None:
    mp.spawn(_work, args=(str(tmp_path),), nprocs=2)
    for name in OBJECTIVES:
        loss, wanted = gradients(model_of(name), documents().select([*SPLIT[0], *SPLIT[1]]), 0)
        for rank in range(2):
            value, found = torch.load(tmp_path / f"{rank}.pt")[name]
            assert value == pytest.approx(float(loss), abs=1e-10)
            assert all(torch.allclose(a, b, atol=1e-10) for a, b in zip(found, wanted, strict=True))


def test_a_run_in_chunks_is_a_run(tmp_path: Path) -> None:
    shards = write_samples(tmp_path / "shards", documents=24, with_bytes=True)
    lines = []
    for at_once in (0, 3):
        config = config_from(
            {
                "steps": 2,
                "batch": {"documents": 8, "max_images": 3, "max_texts": 4, "encode_documents": at_once},
                "encoders": {"image": "patch", "text": "tokens", "width": 32},
            }
        )
        run = str(tmp_path / f"run-{at_once}")
        train_loop(config, shards, run, watch=False)
        lines.append(read_lines(run, "progress.jsonl"))
    for number in ("loss", "grad_norm"):
        whole, chunked = ([line[number] for line in of] for of in lines)
        assert chunked[0] == pytest.approx(whole[0], rel=1e-5)
        assert chunked == pytest.approx(whole, rel=1e-2)  # after Adam's division by small gradients
