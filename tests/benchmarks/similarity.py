"""Seconds and memory of the packed similarity with its gradient, against a Python loop over document pairs.

Both compute smooth-Chamfer between every two of the same ragged documents and the gradient for all vectors,
on one thread; passes take turns. The loop is the plain one: a pair of documents is two slices, a product and
two logsumexp. The documents whose sets are padded to the largest of the batch have the sizes of real ones.
Memory is the peak of torch's own allocations, for batches of growing size and a fixed block.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from statistics import median

import numpy as np
import torch
from torch import Tensor
from torch.nn.utils.rnn import pad_sequence
from torch.utils.checkpoint import checkpoint

from tests.benchmarks.memory import peak_bytes
from training import ragged
from training.ragged import Sets
from training.similarity.smooth_chamfer import SmoothChamfer

DOCUMENTS = 64
WIDTH = 384
ALPHA = 16.0
PASSES = 5
#: Small beside the pairs of the batches below, so that blocks are what is measured.
BLOCK_PAIRS = 1 << 16

#: Sizes of 359 real documents of engineering packages, as packed for training (at most 128 images and 512
#: texts of one), at the shares below.
SHARES = (0.0, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95, 0.99, 1.0)
IMAGES_HELD = (1.0, 1.0, 1.0, 2.0, 5.0, 18.0, 36.0, 78.0, 128.0)
TEXTS_HELD = (1.0, 3.0, 6.0, 16.0, 48.0, 163.0, 413.0, 512.0, 512.0)
REAL_DOCUMENTS = 24


def run() -> dict[str, float | str]:
    """Return seconds of each way, the ratio (at least 8), and how memory grows when the batch doubles."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        images, texts = documents(DOCUMENTS)
        packed, loop = seconds_of(
            [
                lambda: SmoothChamfer(ALPHA)(images, texts),
                lambda: loop_over_pairs(images, texts, _pair),
            ]
        )
        whole_sets = _padding_to_packed(most_images=1 << 20, most_texts=1 << 20)
        drawn_sets = _padding_to_packed(most_images=16, most_texts=32)
        blocked = [_peak_bytes(count, BLOCK_PAIRS) for count in (128, 256)]
        whole = [_peak_bytes(count, 1 << 40) for count in (128, 256)]
    finally:
        torch.set_num_threads(threads)
    return {
        "documents": float(DOCUMENTS),
        "packed, ms": packed * 1e3,
        "loop over document pairs, ms": loop * 1e3,
        "loop to packed": loop / packed,
        "padding to packed, whole documents": whole_sets,
        "padding to packed, 16 images and 32 texts": drawn_sets,
        "peak at 256 documents in blocks, MB": blocked[1] / 1e6,
        "peak at 256 documents in one block, MB": whole[1] / 1e6,
        "peak at 256 to 128 documents in blocks": blocked[1] / blocked[0],
        "peak at 256 to 128 documents in one block": whole[1] / whole[0],
    }


def documents(count: int) -> tuple[Sets, Sets]:
    """Return random images and texts of ragged documents, some empty, that want a gradient."""
    random = torch.Generator().manual_seed(0)
    sets = []
    for most in (9, 25):
        sizes = torch.randint(0, most, (count,), generator=random)
        vectors = ragged.unit(torch.randn(int(sizes.sum()), WIDTH, generator=random))
        sets.append(Sets(vectors.requires_grad_(), ragged.offsets_of(sizes)))
    return sets[0], sets[1]


def loop_over_pairs(images: Sets, texts: Sets, pair: Callable[[Tensor, Tensor], Tensor]) -> Tensor:
    """Return the similarities [B, C] by a function of the vectors of two sets; zero where one is empty."""
    seen = torch.split(images.vectors, ragged.lengths(images.offsets).tolist())
    read = torch.split(texts.vectors, ragged.lengths(texts.offsets).tolist())
    zero = images.vectors.new_zeros(())
    return torch.stack([torch.stack([pair(a, b) if len(a) and len(b) else zero for b in read]) for a in seen])


def _pair(images: Tensor, texts: Tensor) -> Tensor:
    logits = ALPHA * images @ texts.T
    forth = logits.logsumexp(1).mean() - torch.log(torch.tensor(float(len(texts))))
    back = logits.logsumexp(0).mean() - torch.log(torch.tensor(float(len(images))))
    return (forth + back) / (2 * ALPHA)


def _padding_to_packed(most_images: int, most_texts: int) -> float:
    """How many times as long it takes when each set is padded to the largest, at real sizes up to a bound."""
    random = torch.Generator().manual_seed(0)
    sets = []
    for held, most in ((IMAGES_HELD, most_images), (TEXTS_HELD, most_texts)):
        shares = torch.rand(REAL_DOCUMENTS, generator=random)
        drawn = np.interp(shares.numpy(), SHARES, held).round()
        sizes = torch.from_numpy(drawn).long().clamp(max=most)
        vectors = ragged.unit(torch.randn(int(sizes.sum()), WIDTH, generator=random))
        sets.append(Sets(vectors.requires_grad_(), ragged.offsets_of(sizes)))
    packed, padded = seconds_of([lambda: SmoothChamfer(ALPHA)(*sets), lambda: _padded(*sets)])
    return padded / packed


def _padded(images: Sets, texts: Sets) -> Tensor:
    """Smooth-Chamfer of dense tensors with masks, a padded set of images after the other, recomputed too."""
    seen, seen_held = _pad(images)
    read, read_held = _pad(texts)
    lines = [
        checkpoint(_padded_line, *of_set, read, read_held, use_reentrant=False)
        for of_set in zip(seen, seen_held, strict=True)
    ]
    return torch.stack(lines)


def _pad(sets: Sets) -> tuple[Tensor, Tensor]:
    pieces = torch.split(sets.vectors, ragged.lengths(sets.offsets).tolist())
    held = [torch.ones(len(piece), dtype=torch.bool) for piece in pieces]
    return pad_sequence(pieces, batch_first=True), pad_sequence(held, batch_first=True)


def _padded_line(images: Tensor, images_held: Tensor, texts: Tensor, texts_held: Tensor) -> Tensor:
    logits = ALPHA * (images @ texts.flatten(0, 1).T).view(len(images), *texts_held.shape)
    both = images_held[:, None, None] & texts_held
    logits = torch.where(both, logits, -1e9)
    images_count, texts_count = images_held.sum().float(), texts_held.sum(1).float()
    forth = torch.where(images_held[:, None], logits.logsumexp(2), 0.0).sum(0) / images_count
    back = torch.where(texts_held, logits.logsumexp(0), 0.0).sum(1) / texts_count
    return (forth - texts_count.log() + back - images_count.log()) / (2 * ALPHA)


def seconds_of(ways: list[Callable[[], Tensor]]) -> list[float]:
    """Return the median seconds of each way with its gradient; passes take turns.

    Raises:
        ValueError: if the ways do not compute the same.
    """
    with torch.no_grad():
        first, *others = [way() for way in ways]
    if not all(torch.allclose(first, other, atol=1e-4) for other in others):
        raise ValueError("the ways do not compute the same: there is nothing to compare")
    weights = torch.linspace(-1, 1, first.numel()).view_as(first)
    passes: list[list[float]] = [[] for _ in ways]
    for _ in range(PASSES):
        for way, seconds in zip(ways, passes, strict=True):
            start = time.perf_counter()
            (way() * weights).sum().backward()
            seconds.append(time.perf_counter() - start)
    return [median(seconds) for seconds in passes]


def _peak_bytes(count: int, block_pairs: int) -> int:
    images, texts = documents(count)
    return peak_bytes(
        lambda: SmoothChamfer(ALPHA)(images, texts, block_pairs=block_pairs).square().sum().backward()
    )
