"""Tells of the steps of a run whose workers are elsewhere, from what they write down."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

from storage.filesystem import is_local
from training.journal import Report
from training.lines import lines_after

_LOG = logging.getLogger(__name__)
#: Between two looks: an object store is asked less often.
_LOCAL_SECONDS, _SECONDS = 1.0, 5.0
#: So long without a step is worth a word.
_SILENCE_SECONDS = 120.0


class _Follower:
    """Reads the lines of progress that came since it last looked.

    Args:
        run: folder or URL.
        step: the last one that is known.
        report: called with each line; those that are repeated after a failure come again.
    """

    def __init__(self, run: str, step: int, report: Report | None) -> None:
        self._run, self._known, self._report = run, step, report
        self._heard = time.monotonic()

    def look(self) -> None:
        """Report what is new."""
        try:
            lines = lines_after(self._run, "progress.jsonl", self._known)
        except OSError as error:
            _LOG.warning("the progress of %s cannot be read (%s); training goes on", self._run, error)
            return
        if not lines:
            return
        if lines[-1]["step"] != self._known:
            self._heard = time.monotonic()
        if lines[-1]["step"] > self._known and self._report is not None:
            for line in lines:
                self._report(line)
        self._known = lines[-1]["step"]

    def tell_of_silence(self) -> None:
        """Say that nothing happened for long, once each time."""
        if time.monotonic() - self._heard > _SILENCE_SECONDS:
            _LOG.warning(
                "%s: no step for %.0f s; workers wait for room on the cluster, or a step takes so long",
                self._run,
                _SILENCE_SECONDS,
            )
            self._heard = time.monotonic()


@contextmanager
def following(run: str, step: int, report: Report | None) -> Iterator[None]:
    """Report the steps of a run after `step` while they are taken elsewhere.

    Args:
        run: folder or URL.
        step: the last one that is known.
        report: called in a thread with each line of progress; those that are repeated after a failure come
            again.
    """
    follower = _Follower(run, step, report)
    ended = threading.Event()

    def follow() -> None:
        while not ended.wait(_LOCAL_SECONDS if is_local(run) else _SECONDS):
            follower.look()
            follower.tell_of_silence()

    thread = threading.Thread(target=follow, name="following", daemon=True)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()
        follower.look()
