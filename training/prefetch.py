"""What comes next is made while what came before is used."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Generator, Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from typing import TypeVar

Item = TypeVar("Item")


def prefetched(items: Iterator[Item], ahead: int) -> Generator[Item, None, None]:
    """Give the items of an iterator in their order, the next ones made early by a thread.

    Close it to end the thread; an error of `items` is raised where its item would have come.

    Args:
        items: used by the thread alone from now on.
        ahead: items that are made early, at most; 0 makes each when it is asked for, without a thread.
    """
    if ahead == 0:
        yield from items
        return

    def made() -> list[Item]:
        return list(islice(items, 1))

    pool = ThreadPoolExecutor(1, thread_name_prefix="prefetch")
    try:
        waiting = deque(pool.submit(made) for _ in range(ahead))
        while item := waiting.popleft().result():
            waiting.append(pool.submit(made))
            yield item[0]
    finally:
        pool.shutdown(cancel_futures=True)


def timed(items: Iterator[Item]) -> Iterator[tuple[Item, float]]:
    """Give each item and the seconds that it was waited for."""
    began = time.perf_counter()
    for item in items:
        yield item, time.perf_counter() - began
        began = time.perf_counter()
