"""Time and memory of the losses over all pairs, against their three products and against published forms.

Of each form: the processor's seconds for the loss with its gradients, on one thread, and the peak of torch's
allocations beside the vectors' gradients, which every form must hand out. D = 512. Passes take turns, and the
fastest of each form counts: what else the machine does can only add to it.

- products: the logits and the two products of their gradient, nothing else. InfoNCE without the matrix of
  logits needs the logits twice, for the sums and for the gradient: 1.33 times these is its lower bound.
- plain: the whole matrix of logits and torch's own gradient.
- local CLIP: each row against all columns and each column against all rows, as open_clip computes a worker's
  share (`local_loss`); on one worker the logits are there twice.
- chunked SigLIP: as in open_clip, chunks of columns one after another, each kept for the gradient.

The last two are written anew from their description (Cherti et al. 2023; Zhai et al. 2023).
"""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import matplotlib as mpl
import torch
from torch import Tensor
from torch.nn.functional import cross_entropy, logsigmoid

from tests.benchmarks.memory import peak_bytes
from training import ragged
from training.fused.infonce import infonce
from training.fused.labels import Labels
from training.fused.sigmoid import sigmoid

WIDTH = 512
SIZES = (256, 512, 1024, 2048, 4096)
SIZE = 4096  # of the targets
PASSES = 3
CHUNKS = 8

#: (rows, columns, scale, bias) -> loss.
Form = Callable[[Tensor, Tensor, Tensor, Tensor], Tensor]


def run(plot: Path | None = None) -> dict[str, float | str]:
    """Return the ratios at 4,096 units; measure all sizes where they are to be plotted to a file."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        measured = {size: _measure(size) for size in (SIZES if plot else (SIZE,))}
    finally:
        torch.set_num_threads(threads)
    if plot is not None:
        _plot(measured, plot)
    seconds, peaks = measured[SIZE]
    products, logits = seconds["products"], SIZE * SIZE * 4
    found: dict[str, float | str] = {"three products, ms": products * 1e3}
    for name in FORMS:
        found[f"{name}, ms"] = seconds[name] * 1e3
        found[f"{name} to products"] = seconds[name] / products
        found[f"{name}, extra memory to logits"] = peaks[name] / logits
    return found


def _fused_infonce(rows: Tensor, columns: Tensor, scale: Tensor, bias: Tensor) -> Tensor:
    ids = torch.arange(len(rows))
    return infonce(rows, columns, Labels(ids, ids), scale)


def _fused_sigmoid(rows: Tensor, columns: Tensor, scale: Tensor, bias: Tensor) -> Tensor:
    ids = torch.arange(len(rows))
    return sigmoid(rows, columns, Labels(ids, ids), scale, bias)


def _plain_infonce(rows: Tensor, columns: Tensor, scale: Tensor, bias: Tensor) -> Tensor:
    logits, own = scale * rows @ columns.T, torch.arange(len(rows))
    return (cross_entropy(logits, own) + cross_entropy(logits.T, own)) / 2


def _plain_sigmoid(rows: Tensor, columns: Tensor, scale: Tensor, bias: Tensor) -> Tensor:
    logits = scale * rows @ columns.T + bias
    return -logsigmoid(logits * (2 * torch.eye(len(rows)) - 1)).sum() / len(rows)


def _local_clip(rows: Tensor, columns: Tensor, scale: Tensor, bias: Tensor) -> Tensor:
    own = torch.arange(len(rows))
    forth, back = scale * rows @ columns.T, scale * columns @ rows.T
    return (cross_entropy(forth, own) + cross_entropy(back, own)) / 2


def _chunked_siglip(rows: Tensor, columns: Tensor, scale: Tensor, bias: Tensor) -> Tensor:
    total = rows.new_zeros(())
    first = 0
    for chunk in columns.chunk(CHUNKS):
        logits = scale * rows @ chunk.T + bias
        signs = logits.new_full(logits.shape, -1.0)
        own = torch.arange(len(chunk))
        signs[first + own, own] = 1.0
        total = total - logsigmoid(signs * logits).sum()
        first += len(chunk)
    return total / len(rows)


FORMS: dict[str, Form] = {
    "fused InfoNCE": _fused_infonce,
    "plain InfoNCE": _plain_infonce,
    "local CLIP": _local_clip,
    "fused sigmoid": _fused_sigmoid,
    "plain sigmoid": _plain_sigmoid,
    "chunked SigLIP": _chunked_siglip,
}


def _inputs(size: int) -> list[Tensor]:
    random = torch.Generator().manual_seed(0)
    vectors = [ragged.unit(torch.randn(size, WIDTH, generator=random)) for _ in range(2)]
    return [leaf.requires_grad_() for leaf in (*vectors, torch.tensor(14.0), torch.tensor(-10.0))]


def _measure(size: int) -> tuple[dict[str, float], dict[str, float]]:
    """Return seconds and extra bytes of each form."""
    inputs = _inputs(size)
    ways = {name: _gradient_of(form, inputs) for name, form in FORMS.items()}
    ways["products"] = _products(inputs)
    passes: dict[str, list[float]] = {name: [] for name in ways}
    for number in range(PASSES + 1):
        for name, way in ways.items():
            start = time.process_time()
            way()
            if number:
                passes[name].append(time.process_time() - start)
    of_vectors = 2 * size * WIDTH * 4
    peaks = {name: float(peak_bytes(ways[name]) - of_vectors) for name in FORMS}
    return {name: min(seconds) for name, seconds in passes.items()}, peaks


def _gradient_of(form: Form, inputs: list[Tensor]) -> Callable[[], object]:
    return lambda: torch.autograd.grad(form(*inputs), inputs, allow_unused=True)


def _products(inputs: list[Tensor]) -> Callable[[], object]:
    rows, columns = inputs[0].detach(), inputs[1].detach()
    logits = rows.new_empty(len(rows), len(columns))
    out = [torch.empty_like(rows), torch.empty_like(columns)]

    def three() -> None:
        torch.mm(rows, columns.T, out=logits)
        torch.mm(logits, columns, out=out[0])
        torch.mm(logits.T, rows, out=out[1])

    return three


def _plot(measured: dict[int, tuple[dict[str, float], dict[str, float]]], path: Path) -> None:
    mpl.use("agg")
    from matplotlib import pyplot as plt

    figure, (times, memory) = plt.subplots(1, 2, figsize=(10, 4), layout="constrained")
    sizes = list(measured)
    for name in [*FORMS, "products"]:
        style = "-" if name.startswith("fused") else ":" if name == "products" else "--"
        times.plot(sizes, [measured[size][0][name] for size in sizes], style, marker=".", label=name)
    for name in FORMS:
        style = "-" if name.startswith("fused") else "--"
        memory.plot(sizes, [measured[size][1][name] / 2**20 for size in sizes], style, marker=".", label=name)
    memory.plot(sizes, [0.05 * size * size * 4 / 2**20 for size in sizes], "k:", label="5 % of the logits")
    for axes, title in ((times, "seconds"), (memory, "MiB beside the vectors' gradients")):
        axes.set(xscale="log", yscale="log", xlabel="units", title=title)
        axes.set_xticks(sizes, [str(size) for size in sizes], minor=False)
        axes.minorticks_off()
        axes.legend(fontsize="small")
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path)
    plt.close(figure)
