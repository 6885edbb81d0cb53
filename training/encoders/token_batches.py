"""Batches for transformers that pad: texts of like length together, and the mean of what is no padding."""

from __future__ import annotations

import torch


def batches_by_length(lengths: list[int], tokens_a_batch: int) -> list[list[int]]:
    """Group texts of like length: indices in batches of at most so many tokens, padding counted."""
    batches: list[list[int]] = []
    longest = 0
    for index in sorted(range(len(lengths)), key=lambda i: lengths[i]):
        longest = max(longest, lengths[index])
        if not batches or longest * (len(batches[-1]) + 1) > tokens_a_batch:
            batches.append([])
            longest = lengths[index]
        batches[-1].append(index)
    return batches


def mean_of_tokens(states: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
    """Return the mean of each text's tokens, of unit length.

    Args:
        states: [n, tokens, width].
        mask: [n, tokens], 1 where there is a token.
    """
    weight = mask.unsqueeze(-1).to(states.dtype)
    means = (states * weight).sum(dim=1) / weight.sum(dim=1).clamp(min=1.0)
    return torch.nn.functional.normalize(means, dim=-1)
