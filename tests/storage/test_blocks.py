from __future__ import annotations

import random

import pytest

from storage.shards.blocks import compose_blocks, links_of, meeting


@pytest.mark.parametrize("seed", range(5))
def test_blocks_hold_every_row_once(seed: int) -> None:
    draw = random.Random(seed)
    rows = draw.sample(range(50), 43)
    links = links_of((draw.randrange(50), draw.randrange(50), draw.randint(1, 5)) for _ in range(80))
    blocks = compose_blocks(rows, links, 8, list(range(50)))
    assert sorted(row for block in blocks for row in block) == sorted(rows)
    assert [len(block) for block in blocks] == [8] * 5 + [3]
    assert blocks == compose_blocks(rows, links, 8, list(range(50)))
    found = meeting(blocks, links)
    assert found.within <= found.all
    assert found.within > found.by_chance


def test_linked_rows_meet() -> None:
    # Four cliques, dealt out round and round.
    links = links_of((a, b, 1) for a in range(16) for b in range(a) if a % 4 == b % 4)
    blocks = compose_blocks(range(16), links, 4, list(range(16)))
    assert all(len({row % 4 for row in block}) == 1 for block in blocks)
    found = meeting(blocks, links)
    assert found.within == found.all == 24
    assert found.by_chance == pytest.approx(24 * 3 / 15)


def test_rows_of_one_document_are_kept_apart() -> None:
    document = [0, 0, 0, 1, 2, 3]
    blocks = compose_blocks(range(6), {}, 2, document)
    assert all(len({document[row] for row in block}) == 2 for block in blocks)
    assert compose_blocks(range(3), {}, 2, document) == [[0, 1], [2]]


def test_a_link_to_itself_or_to_another_split_counts_nothing() -> None:
    links = links_of([(0, 0, 5), (0, 9, 7), (0, 1, 2)])
    assert meeting([[0, 1]], links).all == 2
    assert meeting([], links).by_chance == 0
