"""Explorers beside a service: one for each dataset that it serves, of that one's newest build."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from flows.processes import Service, start_explorer, stop_all
from storage.builds import latest_build
from storage.errors import LooseleafError

#: Between two looks for a newer build.
_LOOK_SECONDS = 5.0


@dataclass
class _Shown:
    """A dataset, the port that its explorer has, and which build that shows."""

    dataset: str
    port: int
    log: Path
    build_id: str | None = None
    service: Service | None = None
    fault: str | None = None


@contextlib.contextmanager
def explorers(
    datasets: Sequence[str],
    ports: Sequence[int],
    logs: Path,
    tell: Callable[[str], None],
    look_seconds: float = _LOOK_SECONDS,
) -> Iterator[list[str]]:
    """Show each dataset while the context lasts, from its first build on; give the addresses.

    A newer build takes the place of the one that is shown, at the same address.

    Args:
        datasets: paths or URLs; they need not be there yet.
        ports: one for each.
        logs: folder of what the explorers print.
        tell: called with a sentence when a dataset cannot be shown.
        look_seconds: between two looks for a newer build.
    """
    shown = [
        _Shown(dataset, port, logs / f"explorer-{port}.log")
        for dataset, port in zip(datasets, ports, strict=True)
    ]
    ended = threading.Event()
    thread = threading.Thread(target=_follow, args=(shown, tell, ended, look_seconds), daemon=True)
    thread.start()
    try:
        yield [f"http://127.0.0.1:{one.port}" for one in shown]
    finally:
        ended.set()
        thread.join()
        stop_all([one.service for one in shown if one.service is not None])


def _follow(
    shown: Sequence[_Shown], tell: Callable[[str], None], ended: threading.Event, look_seconds: float
) -> None:
    while True:
        for one in shown:
            fault = _show_newest(one)
            if fault is not None and fault != one.fault:
                tell(fault)
            one.fault = fault
        if ended.wait(look_seconds):
            return


def _show_newest(one: _Shown) -> str | None:
    """Start the explorer of a dataset's newest build unless it runs; return why that is not possible."""
    try:
        build = latest_build(one.dataset)
    except (LooseleafError, OSError) as error:
        return f"The explorer cannot look at {one.dataset} ({error}): it tries again."
    died = one.service is not None and one.service.process.poll() is not None
    if build is None or (build.build_id == one.build_id and not died):
        return None
    if one.service is not None:
        stop_all([one.service])
    one.service = start_explorer(one.dataset, build.build_id, one.port, one.log)
    one.build_id = build.build_id
    return f"{one.service.name} has died and is started again: its log is {one.log}." if died else None
