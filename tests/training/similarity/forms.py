"""Each form of similarity beside its definition for one pair of sets, for what holds of all forms."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import permutations

import torch
from torch import Tensor

from tests.training.ragged_samples import SIZES, prior_of, sets_of
from training import ragged
from training.ragged import Sets
from training.similarity.base import SetSimilarity
from training.similarity.build import similarity_from
from training.similarity.layout import Own, own_weights
from training.similarity.settings import SimilaritySettings

WIDTH = 4
SCALE = torch.tensor(6.0, dtype=torch.float64)

#: Of the cosines [M, N] of two sets and their weights over columns and over rows, each with mean 1.
Definition = Callable[[Tensor, Tensor, Tensor], Tensor]


def mean(cosines: Tensor, forth: Tensor, back: Tensor) -> Tensor:
    return ((forth * cosines).mean() + (back * cosines).mean()) / 2


def best_pair(cosines: Tensor, forth: Tensor, back: Tensor) -> Tensor:
    return cosines[(forth + back) > 0].max()


def chamfer(cosines: Tensor, forth: Tensor, back: Tensor) -> Tensor:
    best_column = torch.stack([row[weight > 0].max() for row, weight in zip(cosines, forth, strict=True)])
    best_row = torch.stack([row[weight > 0].max() for row, weight in zip(cosines.T, back.T, strict=True)])
    return (best_column.mean() + best_row.mean()) / 2


def smooth_chamfer(cosines: Tensor, forth: Tensor, back: Tensor) -> Tensor:
    best_column = (forth * (5 * cosines).exp()).mean(1).log().mean()
    best_row = (back * (5 * cosines).exp()).mean(0).log().mean()
    return (best_column + best_row) / 10


def logsumexp(cosines: Tensor, forth: Tensor, back: Tensor) -> Tensor:
    return ((forth + back) / 2 * (SCALE * cosines).exp()).sum().log() / SCALE


def top_2(cosines: Tensor, forth: Tensor, back: Tensor) -> Tensor:
    def one_way(rows: Tensor, weights: Tensor) -> Tensor:
        means = []
        for row, weight in zip(rows, weights, strict=True):
            chosen = sorted(range(len(row)), key=lambda j: (weight.tolist()[j] == 0, -row.tolist()[j]))[:2]
            means.append((row * weight)[chosen].sum() / weight[chosen].sum())
        return torch.stack(means).mean()

    return (one_way(cosines, forth) + one_way(cosines.T, back.T)) / 2


def assignment(cosines: Tensor, forth: Tensor, back: Tensor) -> Tensor:
    """By trying every matching."""
    weights = forth + back
    if len(cosines) > len(cosines[0]):
        cosines, weights = cosines.T, weights.T
    best, score = (-1, -torch.inf), cosines.sum() * 0
    for columns in permutations(range(cosines.shape[1]), len(cosines)):
        pairs = [(i, j) for i, j in enumerate(columns) if weights[i, j] > 0]
        total = sum(float(cosines[pair]) for pair in pairs)
        if (len(pairs), total) > best:
            best, score = (len(pairs), total), torch.stack([cosines[pair] for pair in pairs]).mean()
    return score


def sinkhorn(cosines: Tensor, forth: Tensor, back: Tensor) -> Tensor:
    """Scaling of the whole matrix, dustbins included; the last column update makes columns exact."""
    m, n = cosines.shape
    kernel = torch.full((m + 1, n + 1), 0.1, dtype=cosines.dtype)
    kernel[:m, :n] = cosines
    kernel = (kernel / 0.3).exp()
    kernel = torch.cat([torch.cat([kernel[:m, :n] * (forth + back) / 2, kernel[:m, n:]], 1), kernel[m:]])
    row_mass, column_mass = torch.ones(m + 1, dtype=cosines.dtype), torch.ones(n + 1, dtype=cosines.dtype)
    row_mass[m], column_mass[n] = n, m
    u = torch.ones_like(row_mass)
    for _ in range(8):
        v = column_mass / (kernel.T @ u)
        u = row_mass / (kernel @ v)
    v = column_mass / (kernel.T @ u)
    plan = (u[:, None] * kernel * v)[:m, :n]
    return (plan * cosines).sum() / plan.sum()


@dataclass(frozen=True)
class Case:
    settings: SimilaritySettings
    definition: Definition

    def build(self, dtype: torch.dtype = torch.float64) -> SetSimilarity:
        return similarity_from(self.settings, WIDTH).to(dtype)


CASES = {
    "mean": Case(SimilaritySettings(form="mean"), mean),
    "max": Case(SimilaritySettings(form="max"), best_pair),
    "chamfer": Case(SimilaritySettings(form="chamfer"), chamfer),
    "smooth_chamfer": Case(SimilaritySettings(form="smooth_chamfer", alpha=5), smooth_chamfer),
    "logsumexp": Case(SimilaritySettings(form="logsumexp"), logsumexp),
    "top_k": Case(SimilaritySettings(form="top_k", k=2), top_2),
    "assignment": Case(SimilaritySettings(form="assignment"), assignment),
    "sinkhorn": Case(SimilaritySettings(form="sinkhorn", epsilon=0.3, dustbin=0.1, iterations=8), sinkhorn),
    "late_interaction": Case(
        SimilaritySettings(form="late_interaction", units="smooth_chamfer", alpha=5), smooth_chamfer
    ),
}


def documents(dtype: torch.dtype = torch.float64) -> tuple[Sets, Sets, Tensor]:
    """Images and texts of the sample's documents, and their layout prior."""
    images = sets_of([m for m, _ in SIZES], WIDTH, 1, dtype)
    texts = sets_of([n for _, n in SIZES], WIDTH, 2, dtype)
    images.vectors.requires_grad_()
    texts.vectors.requires_grad_()
    return images, texts, prior_of(SIZES, 3, dtype)


def whole_own(images: Sets, texts: Sets, prior: Tensor) -> Own:
    """Own documents from the first to the last."""
    return Own(own_weights(prior, images.offsets, texts.offsets), 0, 0, len(images))


def in_a_loop(definition: Definition, images: Sets, texts: Sets, prior: Tensor | None = None) -> Tensor:
    """The definition, one pair of sets after the other; set k of either side is one document."""
    starts = ragged.pair_offsets(images.offsets, texts.offsets) if prior is not None else torch.zeros(0)
    lines = []
    for b in range(len(images)):
        line = []
        for c in range(len(texts)):
            rows = images.vectors[images.offsets[b] : images.offsets[b + 1]]
            columns = texts.vectors[texts.offsets[c] : texts.offsets[c + 1]]
            if not len(rows) or not len(columns):
                line.append(images.vectors.sum() * 0)
                continue
            cosines = rows @ columns.T
            forth = back = torch.ones_like(cosines)
            if prior is not None and b == c:
                own = prior[starts[b] : starts[b + 1]].view_as(cosines)
                forth, back = _relative(own), _relative(own.T).T
            line.append(definition(cosines, forth, back))
        lines.append(torch.stack(line))
    return torch.stack(lines)


def _relative(own: Tensor) -> Tensor:
    total = own.sum(1, keepdim=True)
    return torch.where(total > 0, own / total * own.shape[1], 1.0)
