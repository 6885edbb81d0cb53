# ruff: noqa: ARG002 - all forms have one signature
"""What every similarity between ragged sets is: a module that scores all row sets against all column sets."""

from __future__ import annotations

from abc import ABC, abstractmethod

import torch
from torch import Tensor, nn

from training.ragged import Sets
from training.similarity.blockwise import BLOCK_PAIRS, Block, blockwise
from training.similarity.layout import Own


class SetSimilarity(nn.Module, ABC):
    """How alike B sets of images and C sets of texts are."""

    @abstractmethod
    def forward(
        self,
        images: Sets,
        texts: Sets,
        own: Own | None = None,
        *,
        scale: Tensor | None = None,
        block_pairs: int = BLOCK_PAIRS,
    ) -> Tensor:
        """Return the similarity of each set of images to each set of texts.

        With one image and one text in a set it is their cosine (of a learned form: before it has learned).

        Args:
            images: unit vectors, ΣM of width d, in B sets. A row of zeros is neutral.
            texts: unit vectors, ΣN of width d, in C sets; C need not be B.
            own: which sets are one document, and its layout; None, or no weights in it, is uniform.
            scale: of the model's logits, a scalar; read by log-sum-exp alone.
            block_pairs: most image-text products held at once, as long as one set of images fits; they are
                recomputed for the gradient.

        Returns:
            [B, C] in float32 (float64 stays), zero wherever a set is empty.
        """


class CosineForm(SetSimilarity):
    """A similarity that the cosines between the members of two sets decide."""

    def inputs(self, scale: Tensor | None) -> tuple[Tensor, ...]:
        """Return the tensors beside the cosines that `reduce` reads and that may want a gradient."""
        return ()

    @abstractmethod
    def reduce(self, cosines: Tensor, block: Block, *inputs: Tensor) -> Tensor:
        """Return the similarities of a block, [row sets, column sets]; of empty sets any number.

        Args:
            cosines: [rows, columns], not to be changed in place.
            block: which rows and columns are a set.
            inputs: what `inputs` returned.
        """

    def spread(
        self, cosines: Tensor, block: Block, grad: Tensor, *inputs: Tensor
    ) -> tuple[Tensor | None, ...]:
        """Return the gradients for the cosines and for each of `inputs`, by running `reduce` again.

        A form that knows its gradient writes it out instead.

        Args:
            cosines: as in `reduce`.
            block: as in `reduce`.
            grad: of the block's similarities, [row sets, column sets]; zero where a set is empty.
            inputs: as in `reduce`.
        """
        given = [value.detach().requires_grad_() for value in (cosines, *inputs)]
        with torch.enable_grad():
            similarity = self.reduce(given[0], block, *given[1:])
        return torch.autograd.grad(similarity, given, grad, allow_unused=True)

    def forward(
        self,
        images: Sets,
        texts: Sets,
        own: Own | None = None,
        *,
        scale: Tensor | None = None,
        block_pairs: int = BLOCK_PAIRS,
    ) -> Tensor:
        """Return the similarities [B, C]; see `SetSimilarity.forward`."""
        return blockwise(self, images, texts, own, self.inputs(scale), block_pairs=block_pairs)
