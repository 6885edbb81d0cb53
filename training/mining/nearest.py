"""The documents that a model takes for each other, exactly: the similarity of sets that it trains with."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from training import ragged
from training.encoded import Encoded, Gathered
from training.model import UnalignedModel
from training.objectives.objective import Objective
from training.objectives.term import Term
from training.ragged import Sets
from training.similarity.base import SetSimilarity
from training.similarity.smooth_chamfer import SmoothChamfer

#: Documents that are compared with all others at once.
_ROWS = 64


@dataclass(frozen=True)
class Nearest:
    """The candidates of b documents among C, best first."""

    columns: Tensor  # int64 [b, k]
    scores: Tensor  # [b, k], -inf where there are fewer candidates
    own: Tensor  # [b], of each document with itself


def set_similarities(model: UnalignedModel) -> list[tuple[float, SetSimilarity]]:
    """Return the similarities of documents that a model trains with, and their weights, which sum to one.

    An objective over single images and texts compares no documents: then it is smooth-Chamfer.
    """
    assert isinstance(model.objective, Objective)
    terms = [term for term in model.objective.terms if isinstance(term, Term)]
    found = [(term.settings.weight, term.similarity) for term in terms if term.similarity is not None]
    total = sum(weight for weight, _ in found)
    if not total:
        return [(1.0, SmoothChamfer())]
    return [(weight / total, similarity) for weight, similarity in found]


@torch.no_grad()
def nearest_groups(
    similarities: Sequence[tuple[float, SetSimilarity]],
    local: Encoded,
    gathered: Gathered,
    k: int,
    *,
    scale: Tensor,
    families: bool = False,
) -> Nearest:
    """Return the `k` documents that are most similar to each local one, whichever of both gives the images.

    Args:
        similarities: with their weights.
        local: this worker's documents, each with images and texts.
        gathered: the documents of all workers.
        k: at least 1.
        scale: of the model's logits.
        families: leave out documents of the same family, too.
    """
    whole = gathered.encoded
    columns, scores, own = [], [], []
    for start in range(0, local.documents, _ROWS):
        rows = slice(start, min(start + _ROWS, local.documents))
        images, texts = _some(local.image_sets, rows), _some(local.text_sets, rows)
        found = torch.zeros(rows.stop - start, whole.documents, device=whole.keys.device)
        for weight, similarity in similarities:
            forth: Tensor = similarity(images, whole.text_sets, scale=scale)
            back: Tensor = similarity(whole.image_sets, texts, scale=scale)
            found += weight / 2 * (forth + back.T)
        place = torch.arange(rows.start, rows.stop, device=found.device)
        own.append(found[place - start, gathered.first + place])
        found[local.keys[rows, None] == whole.keys] = -torch.inf
        if families:
            found[local.families[rows, None] == whole.families] = -torch.inf
        best = found.topk(min(k, whole.documents), dim=1)
        columns.append(best.indices)
        scores.append(best.values)
    if not own:
        nothing = whole.keys.new_zeros(0, min(k, whole.documents))
        return Nearest(nothing, nothing.float(), nothing.float().sum(1))
    return Nearest(torch.cat(columns), torch.cat(scores), torch.cat(own))


def _some(sets: Sets, rows: slice) -> Sets:
    offsets = sets.offsets[rows.start : rows.stop + 1]
    return Sets(sets.vectors[int(offsets[0]) : int(offsets[-1])], offsets - offsets[0])


def joined(parts: Sequence[Encoded], width: int) -> Encoded:
    """Return encoded documents as one batch, [Σ b], in order; `width` is d."""
    if not parts:
        none, nothing = torch.zeros(0, width), torch.zeros(0, dtype=torch.int64)
        return Encoded(none, nothing.new_zeros(1), none, nothing.new_zeros(1), nothing, nothing)
    images, texts = (
        ragged.offsets_of(torch.cat([ragged.lengths(sets.offsets) for sets in kind]))
        for kind in ([part.image_sets for part in parts], [part.text_sets for part in parts])
    )
    return Encoded(
        images=torch.cat([part.images for part in parts]),
        image_offsets=images,
        texts=torch.cat([part.texts for part in parts]),
        text_offsets=texts,
        keys=torch.cat([part.keys for part in parts]),
        families=torch.cat([part.families for part in parts]),
    )
