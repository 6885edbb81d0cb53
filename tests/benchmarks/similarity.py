"""Seconds and memory of the packed similarity with its gradient, against a Python loop over document pairs.

Both compute smooth-Chamfer between every two of the same ragged documents and the gradient for all vectors,
on one thread; passes take turns. The loop is the plain one: a pair of documents is two slices, a product and
two logsumexp. Memory is the peak of torch's own allocations, for batches of growing size and a fixed block.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from statistics import median

import torch
from torch import Tensor
from torch.profiler import ProfilerActivity, profile

from training import ragged
from training.ragged import Sets
from training.similarity.smooth_chamfer import SmoothChamfer

DOCUMENTS = 64
WIDTH = 384
ALPHA = 16.0
PASSES = 5
#: Small beside the pairs of the batches below, so that blocks are what is measured.
BLOCK_PAIRS = 1 << 16


def run() -> dict[str, float | str]:
    """Return seconds of each way, the ratio (at least 8), and how memory grows when the batch doubles."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        images, texts = _documents(DOCUMENTS)
        packed, loop = _seconds(
            [lambda: SmoothChamfer(ALPHA)(images, texts), lambda: _loop(images, texts)], images
        )
        blocked = [_peak_bytes(documents, BLOCK_PAIRS) for documents in (128, 256)]
        whole = [_peak_bytes(documents, 1 << 40) for documents in (128, 256)]
    finally:
        torch.set_num_threads(threads)
    return {
        "documents": float(DOCUMENTS),
        "packed, ms": packed * 1e3,
        "loop over document pairs, ms": loop * 1e3,
        "loop to packed": loop / packed,
        "peak at 256 documents in blocks, MB": blocked[1] / 1e6,
        "peak at 256 documents in one block, MB": whole[1] / 1e6,
        "peak at 256 to 128 documents in blocks": blocked[1] / blocked[0],
        "peak at 256 to 128 documents in one block": whole[1] / whole[0],
    }


def _documents(count: int) -> tuple[Sets, Sets]:
    random = torch.Generator().manual_seed(0)
    sets = []
    for most in (9, 25):
        sizes = torch.randint(0, most, (count,), generator=random)
        vectors = ragged.unit(torch.randn(int(sizes.sum()), WIDTH, generator=random))
        sets.append(Sets(vectors.requires_grad_(), ragged.offsets_of(sizes)))
    return sets[0], sets[1]


def _loop(images: Sets, texts: Sets) -> Tensor:
    seen = torch.split(images.vectors, ragged.lengths(images.offsets).tolist())
    read = torch.split(texts.vectors, ragged.lengths(texts.offsets).tolist())
    return torch.stack([torch.stack([_pair(a, b) for b in read]) for a in seen])


def _pair(images: Tensor, texts: Tensor) -> Tensor:
    if not len(images) or not len(texts):
        return images.new_zeros(())
    logits = ALPHA * images @ texts.T
    forth = logits.logsumexp(1).mean() - torch.log(torch.tensor(float(len(texts))))
    back = logits.logsumexp(0).mean() - torch.log(torch.tensor(float(len(images))))
    return (forth + back) / (2 * ALPHA)


def _seconds(ways: list[Callable[[], Tensor]], images: Sets) -> list[float]:
    weights = torch.linspace(-1, 1, len(images) ** 2).view(len(images), -1)
    passes: list[list[float]] = [[] for _ in ways]
    for _ in range(PASSES):
        for way, seconds in zip(ways, passes, strict=True):
            start = time.perf_counter()
            (way() * weights).sum().backward()
            seconds.append(time.perf_counter() - start)
    return [median(seconds) for seconds in passes]


def _peak_bytes(documents: int, block_pairs: int) -> int:
    images, texts = _documents(documents)
    with profile(activities=[ProfilerActivity.CPU], profile_memory=True) as recorded:
        SmoothChamfer(ALPHA)(images, texts, block_pairs=block_pairs).square().sum().backward()
    assert recorded.profiler is not None
    assert recorded.profiler.kineto_results is not None
    events = [e for e in recorded.profiler.kineto_results.events() if e.name() == "[memory]"]
    held = peak = 0
    for event in sorted(events, key=lambda e: e.start_ns()):
        held += event.nbytes()
        peak = max(peak, held)
    return peak
