"""Gradient caching: a contrast over more documents than the encoders can hold at once.

After Gao et al. 2021, "Scaling Deep Contrastive Learning Batch Size under Memory Limited Setup"
(arXiv:2101.06983). Documents are encoded in chunks without a graph, the loss of all of them gives the
gradient of each vector, and each chunk is encoded again, with a graph, to take these gradients to the
parameters. What the loss reads of the model itself, the temperature first of all, gets its gradient once,
from the loss. So the gradients are those of one pass over everything, for a forward pass more.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import torch
from torch import Tensor

from training.batch import TensorBatch
from training.encoded import Encoded, join_encoded
from training.gather import highest
from training.model import UnalignedModel
from training.parallel import is_sharded


@dataclass(frozen=True)
class _Chunk:
    """Documents [first, last) that were encoded without a graph, and the random states before that."""

    first: int
    last: int
    random: list[Tensor]


@dataclass(frozen=True)
class Encoding:
    """A batch, encoded; after the loss's backward pass `backward` takes the gradients on to the model."""

    encoded: Encoded
    model: UnalignedModel
    batch: TensorBatch
    draw: int
    chunks: tuple[_Chunk, ...] = ()  # none where the graph of `encoded` reaches the model

    def backward(self) -> None:
        """Encode each chunk again and add the gradients of its vectors to those of the parameters.

        What is random in the encoders is as it was, and the random state of the process stays what it is.
        """
        for chunk in self.chunks:
            batch = self.batch.select(range(chunk.first, chunk.last))
            with _random_states(chunk.random, batch.device):
                again = self.model.encode(batch, "both", self.draw)
            pairs = list(zip(again.vectors, _gradients(self.encoded, chunk), strict=True))
            trained = [(vectors, gradient) for vectors, gradient in pairs if vectors.requires_grad]
            torch.autograd.backward(
                [vectors for vectors, _ in trained], [gradient for _, gradient in trained]
            )


def encode_in_chunks(model: UnalignedModel, batch: TensorBatch, draw: int, documents: int) -> Encoding:
    """Encode a batch, so many documents at once where it is larger.

    Args:
        model: in training mode. What it counts up in a forward pass (as batch normalisation does) it would
            count twice.
        batch: the local documents.
        draw: seed of this step, the same on every worker.
        documents: of a chunk; 0 encodes all at once.
    """
    count = math.ceil(len(batch) / documents) if documents else 1
    if is_sharded(model):
        # They compute together, also one that has nothing left to encode.
        count = highest(count, batch.device)
    if count <= 1:
        return Encoding(model.encode(batch, "both", draw), model, batch, draw)
    chunks, parts = [], []
    for number in range(count):
        first = min(number * documents, len(batch))
        chunk = _Chunk(first, min(first + documents, len(batch)), _states(batch.device))
        with torch.no_grad():
            parts.append(model.encode(batch.select(range(chunk.first, chunk.last)), "both", draw))
        chunks.append(chunk)
    whole = join_encoded(parts)
    for vectors in whole.vectors:
        vectors.requires_grad_()
    return Encoding(whole, model, batch, draw, tuple(chunks))


def _gradients(encoded: Encoded, chunk: _Chunk) -> list[Tensor]:
    """The gradients of a chunk's vectors, in the order of `Encoded.vectors`."""
    offsets = [encoded.image_offsets, encoded.text_offsets]
    for units, tokens in ((offsets[0], encoded.image_tokens), (offsets[1], encoded.text_tokens)):
        if tokens is not None:
            offsets.append(tokens.offsets[units])
    return [_part(vectors, begins, chunk) for vectors, begins in zip(encoded.vectors, offsets, strict=True)]


def _part(vectors: Tensor, offsets: Tensor, chunk: _Chunk) -> Tensor:
    """The gradient of a chunk's vectors; zero where the loss reads none of the batch."""
    gradient = torch.zeros_like(vectors) if vectors.grad is None else vectors.grad
    return gradient[int(offsets[chunk.first]) : int(offsets[chunk.last])]


def _states(device: torch.device) -> list[Tensor]:
    states = [torch.get_rng_state()]
    return [*states, torch.cuda.get_rng_state(device)] if device.type == "cuda" else states


@contextmanager
def _random_states(states: list[Tensor], device: torch.device) -> Iterator[None]:
    """Draw from these states within, and from the process's own again after it."""
    with torch.random.fork_rng([device] if device.type == "cuda" else []):
        torch.set_rng_state(states[0])
        if device.type == "cuda":
            torch.cuda.set_rng_state(states[1], device)
        yield
