"""Puts documents that were mined for each other into one block, so that they meet in a batch."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice

#: Neighbours of a row and the weight of the negatives that link them: their number, if all weigh the same.
Links = Mapping[int, Mapping[int, float]]


@dataclass(frozen=True)
class Meeting:
    """The weight of mined negatives that stand in one block: `within` of `all`, and what would by chance."""

    within: float
    all: float
    by_chance: float


def links_of(pairs: Iterable[tuple[int, int, float]]) -> Links:
    """Return the links of (row, row, weight of negatives), in both directions."""
    links: dict[int, dict[int, float]] = defaultdict(dict)
    for a, b, weight in pairs:
        if a != b:
            links[a][b] = links[a].get(b, 0) + weight
            links[b][a] = links[b].get(a, 0) + weight
    return links


def compose_blocks(
    rows: Sequence[int], links: Links, size: int, document_of: Mapping[int, Hashable] | Sequence[Hashable]
) -> list[list[int]]:
    """Return `rows` in blocks of `size`, the last one perhaps smaller.

    Each block begins with the first row that is left and takes, one by one, the row that most negatives link
    with those in it; where nothing is linked, the next in order. Rows of one document are kept apart as long
    as there are others, for they are no negatives of each other.

    Args:
        rows: in the order that decides where links do not.
        links: see `links_of`; rows that are not in `rows` are ignored.
        size: rows of a block, at least 1.
        document_of: the document of each row.
    """
    order = {row: index for index, row in enumerate(rows)}
    left = set(rows)
    start = 0
    blocks: list[list[int]] = []
    while left:
        block: list[int] = []
        gains: dict[int, float] = {}
        while left and len(block) < size:
            while rows[start] not in left:
                start += 1
            held = {document_of[row] for row in block}
            linked = [row for row in gains if document_of[row] not in held]
            if linked:
                row = min(linked, key=lambda row: (-gains[row], order[row]))
            else:
                others = (row for row in islice(rows, start, None) if row in left)
                row = next((row for row in others if document_of[row] not in held), rows[start])
            left.remove(row)
            gains.pop(row, None)
            block.append(row)
            for neighbour, weight in links.get(row, {}).items():
                if neighbour in left:
                    gains[neighbour] = gains.get(neighbour, 0) + weight
        blocks.append(block)
    return blocks


def meeting(blocks: Sequence[Sequence[int]], links: Links) -> Meeting:
    """Return how many of the negatives that link the rows of `blocks` meet in a block.

    By chance a pair of rows meets with the probability that two rows drawn at random share a block.
    """
    block_of = {row: number for number, block in enumerate(blocks) for row in block}
    within = total = 0.0
    for row, neighbours in links.items():
        if row in block_of:
            for neighbour, weight in neighbours.items():
                if row < neighbour and neighbour in block_of:
                    total += weight
                    within += weight if block_of[row] == block_of[neighbour] else 0
    pairs = len(block_of) * (len(block_of) - 1)
    together = sum(len(block) * (len(block) - 1) for block in blocks)
    return Meeting(within, total, total * together / pairs if pairs else 0.0)
