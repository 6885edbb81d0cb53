"""Two workers on loopback must give the loss and the gradients of one."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
import torch.distributed as dist
import torch.multiprocessing as mp
from torch import Tensor

from tests.training.ragged_samples import SIZES, batch_of
from training import gather
from training.batch import TensorBatch
from training.model import ModelConfig, UnalignedModel
from training.objectives.between_documents import BetweenDocuments, between_documents
from training.objectives.clip_pairs import ClipPairs, clip_pairs
from training.objectives.loss import Loss

#: How the documents fall to the workers: unevenly, one worker without a contrast, one without documents.
SPLITS = [([0, 1, 2], [3, 4, 5, 6]), ([0, 2, 5, 6], [1, 3, 4]), ([0, 1, 2, 3, 4, 5, 6], [])]
OBJECTIVES = ["between", "between_families", "random", "adjacent"]
DRAW = 11


def _model() -> UnalignedModel:
    torch.manual_seed(0)
    unaligned = UnalignedModel(ModelConfig(pixel_width=6, text_width=4, text_hidden=4, part_dropout=0.5))
    with torch.no_grad():
        for parameter in unaligned.router.parameters():
            parameter.add_(0.1 * torch.randn_like(parameter))
    return unaligned.train()


def _loss(unaligned: UnalignedModel, batch: TensorBatch, objective: str) -> Loss:
    encoded = unaligned.encode(batch, draw=DRAW)
    if objective.startswith("between"):
        settings = BetweenDocuments(ignore_families=objective.endswith("families"), block_pairs=20)
        return between_documents(unaligned, batch, encoded, settings)
    kind = "random" if objective == "random" else "adjacent"
    return clip_pairs(unaligned, batch, encoded, ClipPairs(kind, per_document=2), DRAW)


def _work(rank: int, folder: str) -> None:
    torch.set_num_threads(1)
    dist.init_process_group("gloo", init_method=f"file://{folder}/meet", rank=rank, world_size=2)
    results = {}
    for number, split in enumerate(SPLITS):
        for objective in OBJECTIVES:
            unaligned = _model()
            share = _loss(unaligned, batch_of(SIZES).select(split[rank]), objective).total
            share.backward()
            gather.sum_gradients(unaligned)
            results[number, objective] = (gather.total(share), [p.grad for p in unaligned.parameters()])
    torch.save(results, f"{folder}/{rank}.pt")
    dist.destroy_process_group()


@pytest.fixture(scope="module")
def two_workers(
    tmp_path_factory: pytest.TempPathFactory,
) -> list[dict[tuple[int, str], tuple[float, list[Tensor]]]]:
    folder: Path = tmp_path_factory.mktemp("workers")
    mp.spawn(_work, args=(str(folder),), nprocs=2)
    return [torch.load(folder / f"{rank}.pt") for rank in range(2)]


@pytest.mark.parametrize("objective", OBJECTIVES)
@pytest.mark.parametrize("number", range(len(SPLITS)))
def test_two_workers_equal_one(
    two_workers: list[dict[tuple[int, str], tuple[float, list[Tensor]]]], number: int, objective: str
) -> None:
    unaligned = _model()
    order = SPLITS[number][0] + SPLITS[number][1]
    loss = _loss(unaligned, batch_of(SIZES).select(order), objective).total
    loss.backward()
    wanted = [torch.zeros_like(p) if p.grad is None else p.grad for p in unaligned.parameters()]
    assert max(float(gradient.abs().max()) for gradient in wanted) > 1e-3
    for results in two_workers:
        value, gradients = results[number, objective]
        assert value == pytest.approx(float(loss.detach()), abs=1e-5)
        assert all(torch.allclose(a, b, atol=1e-5) for a, b in zip(gradients, wanted, strict=True))


def test_one_worker_gathers_itself() -> None:
    rows = torch.randn(3, 2)
    gathered, counts = gather.gather_rows(rows)
    assert gathered is rows
    assert counts == [3]
    encoded = _model().encode(batch_of(SIZES))
    whole = gather.gather(encoded)
    assert whole.encoded is encoded
    assert (whole.first, whole.workers) == (0, 1)
