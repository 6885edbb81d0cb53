"""A batch after the model: unit vectors of images and texts, packed, and what the objectives must know."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from training.ragged import Sets, join_offsets
from training.similarity.late_interaction import UnitSets
from training.unit_tokens import UnitTokens, joined


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
    image_tokens: UnitTokens | None = None  # of ΣM images, unit vectors
    text_tokens: UnitTokens | None = None  # of ΣN texts, unit vectors

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
    def image_units(self) -> Sets | UnitSets:
        """Each document's images with their tokens, where they have some."""
        return _units(self.image_sets, self.image_tokens)

    @property
    def text_units(self) -> Sets | UnitSets:
        """Each document's texts with their tokens, where they have some."""
        return _units(self.text_sets, self.text_tokens)

    @property
    def vectors(self) -> list[Tensor]:
        """All that a loss sends gradients to: images, texts, and their tokens where there are some."""
        tokens = [held.vectors for held in (self.image_tokens, self.text_tokens) if held is not None]
        return [self.images, self.texts, *tokens]

    @property
    def contrasted(self) -> Tensor:
        """Which documents hold both images and texts and so take part in a contrast, bool [B]."""
        return self.image_sets.held & self.text_sets.held


def _units(sets: Sets, tokens: UnitTokens | None) -> Sets | UnitSets:
    if tokens is None:
        return sets
    return UnitSets(Sets(tokens.vectors, tokens.offsets), sets.offsets, tokens.scales)


@dataclass(frozen=True)
class Gathered:
    """The encoded documents of all workers, in rank order; those of this worker begin at document `first`."""

    encoded: Encoded
    first: int
    workers: int


def join_encoded(parts: Sequence[Encoded]) -> Encoded:
    """Return the documents of all parts, in that order; there must be a part."""
    return Encoded(
        images=torch.cat([part.images for part in parts]),
        image_offsets=join_offsets([part.image_offsets for part in parts]),
        texts=torch.cat([part.texts for part in parts]),
        text_offsets=join_offsets([part.text_offsets for part in parts]),
        keys=torch.cat([part.keys for part in parts]),
        families=torch.cat([part.families for part in parts]),
        image_tokens=_joined([part.image_tokens for part in parts]),
        text_tokens=_joined([part.text_tokens for part in parts]),
    )


def _joined(parts: Sequence[UnitTokens | None]) -> UnitTokens | None:
    held = [part for part in parts if part is not None]
    return joined(held) if held else None
