"""A batch after the model: unit vectors of images and texts, packed, and what the objectives must know."""

from __future__ import annotations

from dataclasses import dataclass

from torch import Tensor

from training.ragged import Sets


@dataclass(frozen=True)
class Encoded:
    """Unit vectors of B documents in the joint space of width d.

    A row of zeros is neutral: it stands for an image that has nothing of the asked parts.
    """

    images: Tensor  # float32 [ΣM, d]
    image_offsets: Tensor  # int64 [B+1]
    texts: Tensor  # float32 [ΣN, d]
    text_offsets: Tensor  # int64 [B+1]
    keys: Tensor  # int64 [B]
    families: Tensor  # int64 [B]

    @property
    def documents(self) -> int:
        """How many documents, B."""
        return len(self.keys)

    @property
    def image_sets(self) -> Sets:
        """Each document's images."""
        return Sets(self.images, self.image_offsets)

    @property
    def text_sets(self) -> Sets:
        """Each document's texts."""
        return Sets(self.texts, self.text_offsets)

    @property
    def contrasted(self) -> Tensor:
        """Which documents hold both images and texts and so take part in a contrast, bool [B]."""
        return self.image_sets.held & self.text_sets.held


@dataclass(frozen=True)
class Gathered:
    """The encoded documents of all workers, in rank order; those of this worker begin at document `first`."""

    encoded: Encoded
    first: int
    workers: int
