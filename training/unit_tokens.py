"""Tokens of units, packed: what an encoder gives of one image or one text at several scales."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from training import ragged


@dataclass(frozen=True)
class UnitTokens:
    """Tokens of n units, unit after unit; a unit may have none."""

    vectors: Tensor  # [T, width]
    offsets: Tensor  # int64 [n+1], where each unit's tokens begin
    scales: Tensor  # int64 [T], place in `IMAGE_SCALES` or `TEXT_SCALES`

    def to(self, device: torch.device | str) -> UnitTokens:
        """Return the tokens on `device`."""
        return UnitTokens(self.vectors.to(device), self.offsets.to(device), self.scales.to(device))

    def select(self, units: Tensor) -> UnitTokens:
        """Return the tokens of the given units, int64 [K], in that order."""
        rows, offsets = ragged.select_rows(self.offsets, units)
        return UnitTokens(self.vectors[rows], offsets, self.scales[rows])

    def of(self, kept: Tensor) -> UnitTokens:
        """Return the same units, of which those where `kept`, bool [n], is false lose their tokens."""
        rows = kept[ragged.segment_ids(self.offsets)]
        sizes = torch.where(kept, ragged.lengths(self.offsets), 0)
        return UnitTokens(self.vectors[rows], ragged.offsets_of(sizes), self.scales[rows])


def one_each(vectors: Tensor, scale: int = 0) -> UnitTokens:
    """Return units of one token each, [n, width]."""
    places = torch.arange(len(vectors) + 1, device=vectors.device)
    return UnitTokens(vectors, places, torch.full_like(places[1:], scale))


def merged(parts: Sequence[UnitTokens]) -> UnitTokens:
    """Return the tokens that all parts, of the same units, give of each unit, in the order of the parts."""
    if len(parts) == 1:
        return parts[0]
    owner = torch.cat([ragged.segment_ids(part.offsets) for part in parts])
    order = torch.argsort(owner, stable=True)
    sizes = torch.stack([ragged.lengths(part.offsets) for part in parts]).sum(0)
    return UnitTokens(
        torch.cat([part.vectors for part in parts])[order],
        ragged.offsets_of(sizes),
        torch.cat([part.scales for part in parts])[order],
    )


def joined(parts: Sequence[UnitTokens]) -> UnitTokens:
    """Return the units of all parts, one part after the other."""
    return UnitTokens(
        torch.cat([part.vectors for part in parts]),
        ragged.join_offsets([part.offsets for part in parts]),
        torch.cat([part.scales for part in parts]),
    )


def at_scale(tokens: UnitTokens, scale: int) -> UnitTokens:
    """Return the tokens of one scale of the same units."""
    rows = torch.nonzero(tokens.scales == scale)[:, 0]
    owner = ragged.segment_ids(tokens.offsets)[rows]
    sizes = torch.bincount(owner, minlength=len(tokens.offsets) - 1)
    return UnitTokens(tokens.vectors[rows], ragged.offsets_of(sizes), tokens.scales[rows])
