"""Seconds of each similarity between sets with its gradient, packed against a loop over document pairs.

Each form is computed between every two of the same ragged documents, on one thread, and passes take turns.
The loop is the plain one: two slices, a product, and the form's definition on dense matrices.
"""

from __future__ import annotations

from collections.abc import Callable

import torch
from scipy.optimize import linear_sum_assignment
from torch import Tensor

from tests.benchmarks.similarity import WIDTH, documents, loop_over_pairs, seconds_of
from training import ragged
from training.ragged import Sets
from training.similarity.assignment import Assignment
from training.similarity.base import SetSimilarity
from training.similarity.chamfer import Chamfer
from training.similarity.late_interaction import LateInteraction, UnitSets
from training.similarity.logsumexp import LogSumExp
from training.similarity.maximum import Max
from training.similarity.mean import Mean
from training.similarity.routing import Routing
from training.similarity.sinkhorn import Sinkhorn
from training.similarity.smooth_chamfer import SmoothChamfer
from training.similarity.top_k import TopK

DOCUMENTS = 32
ALPHA = 16.0
SCALE = torch.tensor(14.0)
K = 3
EPSILON, ITERATIONS = 0.1, 20
TOKENS = 4  # of each unit
UNIT_DOCUMENTS = 8  # the loop over pairs of units is a slow one


def run() -> dict[str, float | str]:
    """Return for each form the milliseconds of the packed way and how many times as long the loop takes."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        found: dict[str, float | str] = {"documents": float(DOCUMENTS)}
        for name, (packed, loop) in _forms().items():
            quick, slow = seconds_of([packed, loop])
            found[f"{name}, ms"] = quick * 1e3
            found[f"{name}, loop to packed"] = slow / quick
        return found
    finally:
        torch.set_num_threads(threads)


Way = Callable[[], Tensor]


def _forms() -> dict[str, tuple[Way, Way]]:
    images, texts = documents(DOCUMENTS)
    routing = Routing(WIDTH)

    def both(similarity: SetSimilarity, definition: Callable[[Tensor], Tensor]) -> tuple[Way, Way]:
        return (
            lambda: similarity(images, texts, scale=SCALE),
            lambda: loop_over_pairs(images, texts, lambda seen, read: definition(seen @ read.T)),
        )

    return {
        "mean": both(Mean(), Tensor.mean),
        "max": both(Max(), Tensor.max),
        "chamfer": both(Chamfer(), _chamfer),
        "smooth_chamfer": both(SmoothChamfer(ALPHA), _smooth_chamfer),
        "logsumexp": both(LogSumExp(), lambda cosines: (SCALE * cosines).logsumexp((0, 1)) / SCALE),
        "top_k": both(TopK(K), _top_k),
        "assignment": both(Assignment(), _assignment),
        "sinkhorn": both(Sinkhorn(EPSILON, 0.0, ITERATIONS), _sinkhorn),
        "routing": (
            lambda: routing(images, texts),
            lambda: loop_over_pairs(images, texts, lambda seen, read: _routed(routing, seen, read)),
        ),
        "late_interaction": _late_interaction(),
    }


def _chamfer(cosines: Tensor) -> Tensor:
    return (cosines.amax(1).mean() + cosines.amax(0).mean()) / 2


def _smooth_chamfer(cosines: Tensor) -> Tensor:
    logits = ALPHA * cosines
    sizes = torch.tensor(float(cosines.numel()))
    return (logits.logsumexp(1).mean() + logits.logsumexp(0).mean() - sizes.log()) / (2 * ALPHA)


def _top_k(cosines: Tensor) -> Tensor:
    rows, columns = cosines.shape
    return (cosines.topk(min(K, columns), 1).values.mean() + cosines.topk(min(K, rows), 0).values.mean()) / 2


def _assignment(cosines: Tensor) -> Tensor:
    return cosines[linear_sum_assignment(cosines.detach().numpy(), maximize=True)].mean()


def _sinkhorn(cosines: Tensor) -> Tensor:
    rows, columns = cosines.shape
    logits = torch.nn.functional.pad(cosines, (0, 1, 0, 1)) / EPSILON
    row_mass, column_mass = torch.zeros(rows + 1), torch.zeros(columns + 1)
    row_mass[-1], column_mass[-1] = torch.tensor([float(columns), float(rows)]).log()
    over_rows, over_columns = torch.zeros(rows + 1), torch.zeros(columns + 1)
    for _ in range(ITERATIONS):
        over_columns = column_mass - (logits + over_rows[:, None]).logsumexp(0)
        over_rows = row_mass - (logits + over_columns).logsumexp(1)
    over_columns = column_mass - (logits + over_rows[:, None]).logsumexp(0)
    plan = (logits + over_rows[:, None] + over_columns)[:-1, :-1].exp()
    return (plan * cosines).sum() / plan.sum()


def _routed(routing: Routing, images: Tensor, texts: Tensor) -> Tensor:
    asked, null = routing.queries(texts)
    shares = torch.cat([images @ asked.T, null[None]]).softmax(0)
    routed = shares.T @ torch.cat([images, routing.null_value[None]])
    return torch.nn.functional.cosine_similarity(routed, texts).mean()


def _late_interaction() -> tuple[Way, Way]:
    images, texts = (_with_tokens(sets) for sets in documents(UNIT_DOCUMENTS))

    def definition(seen: Tensor, read: Tensor) -> Tensor:
        units = [
            torch.stack([_chamfer(one @ other.T) for other in read.split(TOKENS)])
            for one in seen.split(TOKENS)
        ]
        return _smooth_chamfer(torch.stack(units))

    late = LateInteraction(SmoothChamfer(ALPHA))
    flat = [Sets(sets.tokens.vectors, sets.offsets * TOKENS) for sets in (images, texts)]
    return lambda: late(images, texts), lambda: loop_over_pairs(flat[0], flat[1], definition)


def _with_tokens(sets: Sets) -> UnitSets:
    random = torch.Generator().manual_seed(1)
    units = len(sets.vectors)
    vectors = ragged.unit(torch.randn(units * TOKENS, WIDTH, generator=random)).requires_grad_()
    return UnitSets(Sets(vectors, torch.arange(units + 1) * TOKENS), sets.offsets)
