from __future__ import annotations

import torch

from training import chance, ragged

OFFSETS = torch.tensor([0, 2, 2, 5, 5])
IDS = ragged.segment_ids(OFFSETS)


def test_offsets_lengths_and_ids_agree() -> None:
    assert ragged.lengths(OFFSETS).tolist() == [2, 0, 3, 0]
    assert torch.equal(ragged.offsets_of(ragged.lengths(OFFSETS)), OFFSETS)
    assert IDS.tolist() == [0, 0, 2, 2, 2]


def test_select_rows_keeps_whole_sets_in_the_asked_order() -> None:
    rows, offsets = ragged.select_rows(OFFSETS, torch.tensor([2, 1, 0, 2]))
    assert rows.tolist() == [2, 3, 4, 0, 1, 2, 3, 4]
    assert offsets.tolist() == [0, 3, 3, 5, 8]


def test_own_pairs_are_the_pairs_of_a_loop() -> None:
    columns = torch.tensor([0, 1, 3, 5, 6])
    found = torch.stack(ragged.own_pairs(OFFSETS, columns), 1).tolist()
    wanted = [
        [row, column, document]
        for document in range(4)
        for row in range(int(OFFSETS[document]), int(OFFSETS[document + 1]))
        for column in range(int(columns[document]), int(columns[document + 1]))
    ]
    assert found == wanted
    assert ragged.pair_offsets(OFFSETS, columns).tolist() == [0, 2, 2, 8, 8]


def test_row_blocks_cover_every_set_once_and_hold_to_the_limit() -> None:
    offsets = ragged.offsets_of(torch.tensor([3, 0, 2, 9, 1, 1, 0, 4]))
    blocks = ragged.row_blocks(offsets, 4)
    assert [first for first, _ in blocks] == [0] + [last for _, last in blocks[:-1]]
    assert blocks[-1][1] == 8
    assert all(offsets[last] - offsets[first] <= 4 or last == first + 1 for first, last in blocks)
    assert ragged.row_blocks(torch.tensor([0]), 4) == []


def test_segments_equal_a_loop_and_empty_ones_are_neutral() -> None:
    values = torch.randn(5, 3, dtype=torch.float64, requires_grad=True)
    total = ragged.segment_sum(values, IDS, 4)
    mean = ragged.segment_mean(values, IDS, 4)
    log = ragged.segment_logsumexp(values, IDS, 4, empty=-7.0)
    for index, piece in ((0, values[:2]), (2, values[2:])):
        assert torch.allclose(total[index], piece.sum(0))
        assert torch.allclose(mean[index], piece.mean(0))
        assert torch.allclose(log[index], piece.logsumexp(0))
    assert (total[1] == 0).all()
    assert (mean[3] == 0).all()
    assert (log[1] == -7.0).all()
    (gradient,) = torch.autograd.grad(log.sum() + mean.sum(), values)
    assert gradient.isfinite().all()


def test_gradients_of_segments_are_right() -> None:
    values = torch.randn(5, 2, dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradcheck(lambda x: ragged.segment_logsumexp(x, IDS, 4), values)


def test_logsumexp_survives_huge_and_excluded_values() -> None:
    values = torch.tensor([1e4, -1e4, -torch.inf, 3.0, -torch.inf], requires_grad=True)
    log = ragged.segment_logsumexp(values, IDS, 4)
    assert torch.allclose(log, torch.tensor([1e4, 0.0, 3.0, 0.0]))
    (gradient,) = torch.autograd.grad(log.sum(), values)
    assert gradient.tolist() == [1.0, 0.0, 0.0, 1.0, 0.0]


def test_unit_leaves_zero_at_zero_with_a_finite_gradient() -> None:
    vectors = torch.tensor([[3.0, 4.0], [0.0, 0.0]], requires_grad=True)
    units = ragged.unit(vectors)
    assert torch.allclose(units, torch.tensor([[0.6, 0.8], [0.0, 0.0]]))
    units.sum().backward()
    assert vectors.grad is not None
    assert vectors.grad.abs().max() < 2


def test_chance_is_uniform_and_belongs_to_its_keys() -> None:
    keys = torch.arange(20_000)
    drawn = chance.uniform(5, keys)
    assert torch.equal(drawn[100:200], chance.uniform(5, keys[100:200]))
    assert not torch.equal(drawn, chance.uniform(6, keys))
    assert drawn.min() >= 0
    assert drawn.max() < 1
    assert torch.allclose(torch.histc(drawn.float(), 10, 0, 1) / 20_000, torch.full((10,), 0.1), atol=0.01)
    pairs = chance.uniform(5, keys, keys % 7)
    assert abs(float(torch.corrcoef(torch.stack([drawn, pairs]))[0, 1])) < 0.03


def test_keys_of_names_are_stable() -> None:
    assert chance.key_of("a") == chance.key_of("a") != chance.key_of("b")
    assert 0 <= chance.key_of("a") < 1 << 63
