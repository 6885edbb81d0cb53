"""Tells whoever watches a flow in this process, such as the command line, how far each stage is."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Mapping
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class StageEvent:
    """A stage began, went on or ended; `report` is there when it ended."""

    stage: str
    done: int = 0
    total: int | None = None
    note: str = ""
    report: Mapping[str, Any] | None = field(default=None)


Watcher = Callable[[StageEvent], None]

_watcher: ContextVar[Watcher | None] = ContextVar("looseleaf_watcher", default=None)


@contextlib.contextmanager
def watched_by(watcher: Watcher) -> Iterator[None]:
    """Send the events of flows called in this context to `watcher`."""
    token = _watcher.set(watcher)
    try:
        yield
    finally:
        _watcher.reset(token)


def tell(event: StageEvent) -> None:
    """Send `event` to the watcher of this context, if there is one."""
    watcher = _watcher.get()
    if watcher is not None:
        watcher(event)
