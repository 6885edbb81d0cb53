from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from pipeline.extract.pptx.order import Box, reading_order

SIDES = st.tuples(st.integers(0, 50), st.integers(0, 50), st.integers(0, 30), st.integers(0, 30))


@given(st.lists(SIDES, max_size=12))
def test_every_box_comes_once(sides: list[tuple[int, int, int, int]]) -> None:
    boxes = [Box(n, x, y, x + w, y + h) for n, (x, y, w, h) in enumerate(sides)]
    assert sorted(reading_order(boxes)) == list(range(len(boxes)))


@given(st.permutations(range(6)))
def test_the_order_of_writing_does_not_matter(order: list[int]) -> None:
    grid = [Box(n, 10 * (n % 2), 10 * (n // 2), 10 * (n % 2) + 9, 10 * (n // 2) + 9) for n in range(6)]
    assert reading_order([grid[n] for n in order]) == list(range(6))


def test_a_tall_box_beside_a_stack_is_a_column() -> None:
    stack = [Box(n, 0, 10 * n, 9, 10 * n + 8) for n in range(3)]
    assert reading_order([Box(3, 12, 0, 30, 28), *stack]) == [0, 1, 2, 3]
