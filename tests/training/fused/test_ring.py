"""Losses over a ring of workers are those of gathered vectors and of one worker, gradients included."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
import torch.distributed as dist
import torch.multiprocessing as mp
from torch import Tensor

from tests.training.fused.plain import plain_infonce, plain_sigmoid
from tests.training.fused.samples import labels_of, units
from training.fused.infonce import infonce
from training.fused.labels import Labels
from training.fused.sigmoid import sigmoid
from training.gather import gather_both, total

ROWS, COLUMNS = 23, 31
#: How many rows and columns fall to each worker: unevenly, one has no rows, one nothing at all.
SHARES = {
    2: [([9, 14], [30, 1]), ([0, 23], [12, 19]), ([23, 0], [31, 0])],
    3: [([9, 4, 10], [5, 25, 1]), ([0, 22, 1], [16, 0, 15]), ([0, 23, 0], [0, 31, 0])],
}
LOSSES = ("infonce", "sigmoid")
SCALARS = (9.0, -4.0)  # scale and bias

#: The loss, and the gradients of this worker's rows and columns and of scale and bias.
Found = tuple[float, Tensor, Tensor, Tensor, Tensor]


def everything() -> tuple[Tensor, Tensor, Labels]:
    return units(ROWS, 6, 0), units(COLUMNS, 6, 1), labels_of(ROWS, COLUMNS, 2, ids=12)


def leaves_of(rows: Tensor, columns: Tensor) -> list[Tensor]:
    scalars = [torch.tensor(value, dtype=torch.float64) for value in SCALARS]
    return [leaf.detach().clone().requires_grad_() for leaf in (rows, columns, *scalars)]


def fused(name: str, leaves: list[Tensor], labels: Labels) -> Tensor:
    rows, columns, scale, bias = leaves
    return (
        infonce(rows, columns, labels, scale)
        if name == "infonce"
        else sigmoid(*leaves[:2], labels, scale, bias)
    )


def gathered(name: str, leaves: list[Tensor], labels: Labels) -> Tensor:
    """The share of a worker that has gathered the vectors of all and knows their labels."""
    rows, columns, _ = gather_both(*leaves[:2])
    plain = (
        plain_infonce(rows, columns, labels, leaves[2])
        if name == "infonce"
        else plain_sigmoid(rows, columns, labels, *leaves[2:])
    )
    return plain / dist.get_world_size()


def found(share: Tensor, leaves: list[Tensor]) -> Found:
    grads = torch.autograd.grad(-0.7 * share, leaves, allow_unused=True, materialize_grads=True)
    for of_scalar in grads[2:]:
        dist.all_reduce(of_scalar)
    return total(share), *grads


def _work(rank: int, folder: str, size: int) -> None:
    torch.set_num_threads(1)
    dist.init_process_group("gloo", init_method=f"file://{folder}/meet", rank=rank, world_size=size)
    results = {}
    for number, (row_counts, column_counts) in enumerate(SHARES[size]):
        rows, columns, labels = everything()
        of_rows = slice(sum(row_counts[:rank]), sum(row_counts[: rank + 1]))
        of_columns = slice(sum(column_counts[:rank]), sum(column_counts[: rank + 1]))
        for name in LOSSES:
            for form in (fused, gathered):
                leaves = leaves_of(rows[of_rows], columns[of_columns])
                of_form = labels.part(of_rows, of_columns) if form is fused else labels
                results[number, name, form.__name__] = found(form(name, leaves, of_form), leaves)
    torch.save(results, f"{folder}/{rank}.pt")
    dist.destroy_process_group()


@pytest.fixture(scope="module", params=[2, 3])
def workers(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> list[dict[tuple[int, str, str], Found]]:
    folder: Path = tmp_path_factory.mktemp("ring")
    mp.spawn(_work, args=(str(folder), request.param), nprocs=request.param)
    return [torch.load(folder / f"{rank}.pt") for rank in range(request.param)]


@pytest.mark.parametrize("name", LOSSES)
@pytest.mark.parametrize("number", range(3))
def test_ring_is_gathered_is_one_worker(
    workers: list[dict[tuple[int, str, str], Found]], number: int, name: str
) -> None:
    rows, columns, labels = everything()
    leaves = leaves_of(rows, columns)
    loss = fused(name, leaves, labels)
    wanted = torch.autograd.grad(-0.7 * loss, leaves, allow_unused=True, materialize_grads=True)
    for form in ("fused", "gathered"):
        parts = [results[number, name, form] for results in workers]
        assert all(part[0] == pytest.approx(float(loss.detach()), abs=1e-10) for part in parts)
        for which in (0, 1):
            whole = torch.cat([part[1 + which] for part in parts])
            assert torch.allclose(whole, wanted[which], atol=1e-10)
        for which in (2, 3):
            assert all(torch.allclose(part[1 + which], wanted[which], atol=1e-10) for part in parts)
    assert float(wanted[2].abs()) > 1e-3
