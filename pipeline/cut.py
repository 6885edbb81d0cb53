"""Cuts a long list into chunks whose ends depend on what stands there, and not on all that stands before.

So one thing more, or one less, changes the chunk that it is in, and the others stay what they are.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterable, Iterator
from typing import TypeVar

_T = TypeVar("_T")


def cut(
    things: Iterable[_T],
    *,
    name: Callable[[_T], str],
    size: Callable[[_T], int],
    about: int | None,
    most_bytes: int,
) -> Iterator[list[_T]]:
    """Give the things in their order, in chunks of about `about`.

    A thing whose name has a certain hash begins a chunk. One also begins at twice as many things as wanted,
    and before those within would have more than `most_bytes`.

    Args:
        things: in a fixed order.
        name: what tells a thing from others.
        size: its size in bytes.
        about: things a chunk on average; None cuts by bytes alone.
        most_bytes: of all things of a chunk that has more than one.
    """
    chunk: list[_T] = []
    total = 0
    for thing in things:
        own = size(thing)
        if chunk and (total + own > most_bytes or (about is not None and _ends(name(thing), chunk, about))):
            yield chunk
            chunk, total = [], 0
        chunk.append(thing)
        total += own
    if chunk:
        yield chunk


def _ends(following: str, chunk: list[_T], about: int) -> bool:
    if len(chunk) >= 2 * about:
        return True
    return zlib.crc32(following.encode("utf-8", "surrogatepass")) % about == 0
