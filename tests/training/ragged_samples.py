"""Random documents of ragged sizes, and a plain loop to compare packed code with."""

from __future__ import annotations

import torch
from torch import Tensor

from training import ragged
from training.batch import TensorBatch
from training.chance import key_of
from training.encoded import Encoded
from training.ragged import Sets

#: (images, texts) of each document; some have none.
SIZES = [(2, 3), (0, 2), (1, 4), (3, 0), (0, 0), (4, 5), (1, 1)]


def sets_of(sizes: list[int], width: int, seed: int, dtype: torch.dtype = torch.float64) -> Sets:
    random = torch.Generator().manual_seed(seed)
    vectors = torch.randn(sum(sizes), width, generator=random, dtype=dtype)
    return Sets(ragged.unit(vectors), ragged.offsets_of(torch.tensor(sizes)))


def prior_of(sizes: list[tuple[int, int]], seed: int, dtype: torch.dtype = torch.float64) -> Tensor:
    """A flat prior with some zeros, one zero row and one zero column."""
    random = torch.Generator().manual_seed(seed)
    pieces = [torch.zeros(0, dtype=dtype)]
    for index, (m, n) in enumerate(sizes):
        rows = torch.rand(m, n, generator=random, dtype=dtype)
        if m > 1 and n > 1:
            rows[0, 0] = 0.0
            rows[:, 1] = 0.0
            if index == 0:
                rows[1] = 0.0
        pieces.append((rows / rows.sum(1, keepdim=True).clamp(min=1e-12)).reshape(-1))
    return torch.cat(pieces)


def batch_of(
    sizes: list[tuple[int, int]], pixel_width: int = 6, width: int = 4, seed: int = 0
) -> TensorBatch:
    random = torch.Generator().manual_seed(seed)
    m, n = torch.tensor([a for a, _ in sizes]), torch.tensor([b for _, b in sizes])
    images, texts = int(m.sum()), int(n.sum())
    words = torch.randn(images, width, generator=random)
    words[::3] = 0.0
    image_offsets, text_offsets = ragged.offsets_of(m), ragged.offsets_of(n)
    names = tuple(f"document {index}" for index in range(len(sizes)))
    return TensorBatch(
        doc_ids=names,
        keys=torch.tensor([key_of(name) for name in names], dtype=torch.int64),
        families=torch.arange(len(sizes)) // 2,
        image_offsets=image_offsets,
        text_offsets=text_offsets,
        pixels=torch.randn(images, pixel_width, generator=random),
        words=words,
        texts=torch.randn(texts, width, generator=random),
        prior=prior_of(sizes, seed, torch.float32),
        prior_offsets=ragged.pair_offsets(image_offsets, text_offsets),
        link=torch.zeros(0, dtype=torch.int8),
        image_section=torch.randint(0, 2, (images,), generator=random),
        text_section=torch.randint(0, 2, (texts,), generator=random),
        caption_of=torch.full((texts,), -1),
    )


def encoded_of(batch: TensorBatch, width: int = 5, seed: int = 0) -> Encoded:
    m, n = ragged.lengths(batch.image_offsets).tolist(), ragged.lengths(batch.text_offsets).tolist()
    images, texts = (sets_of(sizes, width, seed + k, torch.float32) for k, sizes in enumerate((m, n)))
    return Encoded(
        images.vectors.requires_grad_(),
        images.offsets,
        texts.vectors.requires_grad_(),
        texts.offsets,
        batch.keys,
        batch.families,
    )


def smooth_chamfer_in_a_loop(
    rows: Sets, columns: Sets, alpha: float, prior: Tensor | None = None, first_column: int = 0
) -> Tensor:
    """The definition, one pair of documents after the other."""
    starts = (
        [] if prior is None else ragged.pair_offsets(rows.offsets, own_offsets(rows, columns, first_column))
    )
    lines = []
    for b in range(len(rows)):
        line = []
        for c in range(len(columns)):
            images = rows.vectors[rows.offsets[b] : rows.offsets[b + 1]]
            texts = columns.vectors[columns.offsets[c] : columns.offsets[c + 1]]
            if not len(images) or not len(texts):
                line.append(rows.vectors.sum() * 0)
                continue
            logits = alpha * images @ texts.T
            forth = torch.full_like(logits, 1 / len(texts))
            back = torch.full_like(logits, 1 / len(images))
            if prior is not None and c == first_column + b:
                own = prior[starts[b] : starts[b + 1]].view_as(logits)
                forth = torch.where(own.sum(1, keepdim=True) > 0, own / own.sum(1, keepdim=True), forth)
                back = torch.where(own.sum(0, keepdim=True) > 0, own / own.sum(0, keepdim=True), back)
            best_text = (logits + forth.log()).logsumexp(1).mean() / alpha
            best_image = (logits + back.log()).logsumexp(0).mean() / alpha
            line.append((best_text + best_image) / 2)
        lines.append(torch.stack(line))
    return torch.stack(lines)


def own_offsets(rows: Sets, columns: Sets, first_column: int) -> Tensor:
    own = columns.offsets[first_column : first_column + len(rows) + 1]
    return own - own[0]
