"""Two workers on loopback must give the loss and the gradients of one."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
import torch
import torch.distributed as dist
import torch.multiprocessing as mp
from torch import Tensor

from tests.training.objectives.models import DRAW, model_of
from tests.training.ragged_samples import SIZES, batch_of
from tests.training.token_samples import EVERY_SCALE, with_scales
from training import gather
from training.assemble import objective_of
from training.batch import TensorBatch
from training.encoders.token_settings import TokenSettings
from training.model import UnalignedModel
from training.near_duplicates import text_bands
from training.objectives.loss import Loss
from training.objectives.named import NAMES, named_objective
from training.objectives.objective import Objective
from training.objectives.settings import (
    IntraDocumentSettings,
    ObjectiveSettings,
    PairsSettings,
    SelfAssignmentSettings,
    UnimodalSettings,
)

#: How the documents fall to the workers: unevenly, one worker without a contrast, one without documents.
SPLITS = [([0, 1, 2], [3, 4, 5, 6]), ([0, 2, 5, 6], [1, 3, 4]), ([0, 1, 2, 3, 4, 5, 6], [])]
MASKED = ObjectiveSettings(
    mask=("family", "image", "text", "unimodal"), unimodal=UnimodalSettings(soft=True, share=0.4)
)
PRIOR = ObjectiveSettings(intra_document=IntraDocumentSettings(targets="prior"))
SIGMOID = PairsSettings(per_document=2, contrast="sigmoid", bias=-2.0)
PAIRS = {
    "siglip_pairs": ObjectiveSettings(pairs=SIGMOID, mask=("family",)),
    "masked_pairs": ObjectiveSettings(pairs=PairsSettings(per_document=2), mask=("image", "text")),
}
OBJECTIVES = {name: named_objective(name) for name in NAMES} | {"masked": MASKED, "prior": PRIOR} | PAIRS
OBJECTIVES["tokens"] = named_objective("late_interaction")


def _model(objective: str) -> UnalignedModel:
    settings = OBJECTIVES[objective]
    if settings.self_assignment is not None:
        sure = SelfAssignmentSettings(confidence=0.5, null_margin=-0.5)
        settings = settings.model_copy(update={"self_assignment": sure})
    tokens = EVERY_SCALE if objective == "tokens" else TokenSettings()
    unaligned = model_of(settings, block_pairs=20, tokens=tokens)
    assert isinstance(unaligned.objective, Objective)
    unaligned.objective.begin_step(unaligned, 4, 10)
    with torch.no_grad():
        for parameter in unaligned.objective.parameters():
            if parameter.requires_grad:
                parameter.add_(0.1 * torch.randn_like(parameter))
    return unaligned


def _loss(unaligned: UnalignedModel, batch: TensorBatch) -> Loss:
    return objective_of(unaligned, batch, unaligned.encode(batch, draw=DRAW), DRAW)


def _documents() -> TensorBatch:
    batch = with_scales(batch_of(SIZES))
    images, texts = len(batch.image_section), len(batch.text_section)
    return replace(
        batch,
        image_keys=torch.arange(images) % (images - 1),  # the first and the last document share an image
        text_bands=text_bands([f"text number {index % (texts - 2)}" for index in range(texts)]),
    )


def _work(rank: int, folder: str) -> None:
    torch.set_num_threads(1)
    dist.init_process_group("gloo", init_method=f"file://{folder}/meet", rank=rank, world_size=2)
    results = {}
    for number, split in enumerate(SPLITS):
        for objective in OBJECTIVES:
            unaligned = _model(objective)
            share = _loss(unaligned, _documents().select(split[rank])).total
            share.backward()
            gather.sum_gradients(unaligned)
            trained = [p.grad for p in unaligned.parameters() if p.requires_grad]
            results[number, objective] = (gather.total(share), trained)
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
    unaligned = _model(objective)
    order = SPLITS[number][0] + SPLITS[number][1]
    loss = _loss(unaligned, _documents().select(order)).total
    loss.backward()
    trained = [p for p in unaligned.parameters() if p.requires_grad]
    wanted = [torch.zeros_like(p) if p.grad is None else p.grad for p in trained]
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
    encoded = _model("unaligned").encode(batch_of(SIZES))
    whole = gather.gather(encoded)
    assert whole.encoded is encoded
    assert (whole.first, whole.workers) == (0, 1)
