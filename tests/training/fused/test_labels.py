from __future__ import annotations

import pytest
import torch

from tests.training.fused.plain import equal_ids
from tests.training.fused.samples import labels_of
from training.fused.labels import Labels, count_matches


@pytest.mark.parametrize(
    ("rows", "columns", "ids"), [(9, 7, 4), (1, 5, 1), (6, 6, 100), (0, 3, 2), (3, 0, 2)]
)
def test_pairs_are_those_of_a_comparison(rows: int, columns: int, ids: int) -> None:
    labels = labels_of(rows, columns, seed=rows, ids=ids)
    positive, ignored = equal_ids(labels)
    found = torch.zeros_like(positive)
    found[labels.positives()] = True
    assert torch.equal(found, positive)
    assert len(labels.positives()[0]) == int(positive.sum()), "each once"
    found = torch.zeros_like(positive)
    found[labels.ignored()] = True
    assert torch.equal(found & ~positive, ignored)
    assert torch.equal(count_matches(labels.rows, labels.columns), positive.sum(1))


def test_a_part_has_the_pairs_of_its_tile() -> None:
    labels = labels_of(9, 7, seed=1, ids=4)
    whole = equal_ids(labels)
    part = equal_ids(labels.part(slice(2, 6), slice(3, 7)))
    assert all(torch.equal(a[2:6, 3:7], b) for a, b in zip(whole, part, strict=True))


def test_ignored_ids_of_one_side_only_are_an_error() -> None:
    ids = torch.arange(3)
    with pytest.raises(ValueError, match="one side only"):
        Labels(ids, ids, ignored_rows=ids[:, None])
    with pytest.raises(ValueError, match="as many for both"):
        Labels(ids, ids, ids[:, None], torch.stack([ids, ids], 1))
