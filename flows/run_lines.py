"""Follows what a training writes down: each line is read once, while its run goes on elsewhere."""

from __future__ import annotations

import contextlib
import json
import threading
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from flows.causes import passing_trouble
from storage.filesystem import exists, is_local, join, open_filesystem


class RunLines:
    """The lines of a run's `progress.jsonl`.

    Args:
        run: its folder or URL; nothing need be there yet.
    """

    def __init__(self, run: str) -> None:
        self._url = join(run, "progress.jsonl")
        self._read = 0  # bytes

    def new(self) -> tuple[list[dict[str, Any]], bool]:
        """Return the lines since the last call, and whether they begin again at the first.

        They do when the run went on at a checkpoint and dropped the lines after it.
        """
        if not exists(self._url):
            return [], False
        filesystem, path = open_filesystem(self._url)
        size = int(filesystem.size(path))
        again = size < self._read
        if again:
            self._read = 0
        # A line without its end is still being written.
        whole, _, _ = (filesystem.cat_file(path, start=self._read) if size > self._read else b"").rpartition(
            b"\n"
        )
        if not whole:
            return [], again
        self._read += len(whole) + 1
        return [json.loads(line) for line in whole.splitlines() if line], again


@contextlib.contextmanager
def followed(run: str, tell: Callable[[Mapping[str, Any]], None]) -> Iterator[None]:
    """Tell the newest line of a run about once a second while the context lasts, from a thread.

    Args:
        run: its folder or URL.
        tell: called with the line; of several new ones with the last.
    """
    ended = threading.Event()
    seconds = 1.0 if is_local(run) else 5.0

    def follow() -> None:
        lines = RunLines(run)
        # What an earlier attempt wrote is there already, and says how far it is.
        while True:
            try:
                new, _ = lines.new()
            except Exception as error:
                if passing_trouble(error) is None:
                    raise
                new = []
            if new:
                tell(new[-1])
            if ended.wait(seconds):
                return

    thread = threading.Thread(target=follow, daemon=True)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()
