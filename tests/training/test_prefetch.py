"""Loading ahead: the same items in the same order, early, with errors at their place, and no thread left."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator

import pytest

from training.prefetch import prefetched


@pytest.mark.parametrize("ahead", [0, 1, 3, 20])
def test_the_items_in_their_order(ahead: int) -> None:
    assert list(prefetched(iter(range(10)), ahead)) == list(range(10))
    assert list(prefetched(iter([]), ahead)) == []


def test_items_are_made_while_others_are_used() -> None:
    made: list[int] = []

    def items() -> Iterator[int]:
        for number in range(10):
            made.append(number)
            yield number

    coming = prefetched(items(), 3)
    assert next(coming) == 0
    deadline = time.monotonic() + 10
    while len(made) < 4 and time.monotonic() < deadline:
        time.sleep(0.001)
    assert made == [0, 1, 2, 3], "three ahead, and no more"
    coming.close()


@pytest.mark.parametrize("ahead", [0, 2])
def test_an_error_comes_where_its_item_would_have(ahead: int) -> None:
    def items() -> Iterator[int]:
        yield 1
        yield 2
        raise ValueError("broken")

    coming = prefetched(items(), ahead)
    assert [next(coming), next(coming)] == [1, 2]
    with pytest.raises(ValueError, match="broken"):
        next(coming)
    with pytest.raises(StopIteration):
        next(coming)


def test_closing_ends_the_thread() -> None:
    before = set(threading.enumerate())
    coming = prefetched(iter(range(100)), 2)
    next(coming)
    assert set(threading.enumerate()) - before
    coming.close()
    assert not {thread for thread in set(threading.enumerate()) - before if thread.is_alive()}
