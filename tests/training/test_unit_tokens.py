from __future__ import annotations

from itertools import pairwise

import torch

from tests.training.token_samples import unit_tokens
from training.unit_tokens import UnitTokens, at_scale, joined, merged, one_each


def listed(tokens: UnitTokens) -> list[list[tuple[int, list[float]]]]:
    """Each unit's tokens: scale and vector."""
    ends = tokens.offsets.tolist()
    rows = list(zip(tokens.scales.tolist(), tokens.vectors.tolist(), strict=True))
    return [rows[begin:end] for begin, end in pairwise(ends)]


def test_units_are_chosen_kept_and_joined_as_lists_are() -> None:
    tokens, other = unit_tokens(7, 3), unit_tokens(4, 3, seed=1)
    units = listed(tokens)
    assert listed(tokens.select(torch.tensor([3, 0, 3, 6]))) == [units[index] for index in (3, 0, 3, 6)]
    kept = [index % 3 > 0 for index in range(7)]
    expected = [unit if keep else [] for unit, keep in zip(units, kept, strict=True)]
    assert listed(tokens.of(torch.tensor(kept))) == expected
    assert listed(joined([tokens, other])) == units + listed(other)
    of_scale = [[token for token in unit if token[0] == 2] for unit in units]
    assert listed(at_scale(tokens, 2)) == of_scale


def test_parts_of_the_same_units_are_merged_in_their_order() -> None:
    whole, tokens = one_each(torch.randn(7, 3)), unit_tokens(7, 3)
    expected = [first + then for first, then in zip(listed(whole), listed(tokens), strict=True)]
    assert listed(merged([whole, tokens])) == expected
    nothing = one_each(torch.zeros(0, 3))
    assert listed(merged([nothing, unit_tokens(0, 3)])) == []
