"""How fast a stage is, and when it will have ended: from its progress alone."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable

from flows.spec import JobProgress

#: What lies further back says nothing of the speed of now, in seconds.
_WINDOW = 60.0


class Pace:
    """Looks at a stage's progress.

    Args:
        clock: seconds that only go forward.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._looks: deque[tuple[float, JobProgress]] = deque()

    def take(self, progress: JobProgress) -> None:
        """Take down how far it is now."""
        now = self._clock()
        self._looks.append((now, progress))
        while len(self._looks) > 2 and now - self._looks[1][0] > _WINDOW:
            self._looks.popleft()

    def words(self) -> str:
        """Return how far it is, its rows a second, and the time that is left, as far as they are known."""
        if not self._looks:
            return ""
        _, now = self._looks[-1]
        said = [f"{now.done:,} of {now.total:,}" if now.total else "finding out what there is to do"]
        rows = self.rows_per_second()
        if rows is not None:
            said.append(f"{rows:,.0f} rows/s" if rows >= 10 else f"{rows:.1f} rows/s")
        left = self.seconds_left()
        if left is not None:
            said.append(f"about {in_words(left)} left")
        if now.note:
            said.append(now.note)
        return ", ".join(said)

    def rows_per_second(self) -> float | None:
        """Return the rows written a second of late; None where none are counted."""
        (first_at, first), (last_at, last) = self._looks[0], self._looks[-1]
        if first.rows is None or last.rows is None or last_at <= first_at or last.rows <= first.rows:
            return None
        return (last.rows - first.rows) / (last_at - first_at)

    def seconds_left(self) -> float | None:
        """Return how long the rest takes at the speed of late; None where nothing moved yet."""
        (first_at, first), (last_at, last) = self._looks[0], self._looks[-1]
        if not last.total or last.done <= first.done or last.done >= last.total:
            return None
        return (last.total - last.done) * (last_at - first_at) / (last.done - first.done)


def in_words(seconds: float) -> str:
    """Return a time as a person says it: 40 s, 3 min, 2 h 10 min, 3 days."""
    if seconds < 90:
        return f"{seconds:.0f} s"
    minutes = round(seconds / 60)
    if minutes < 60:
        return f"{minutes} min"
    hours, minutes = divmod(minutes, 60)
    if hours < 48:
        return f"{hours} h {minutes} min" if minutes else f"{hours} h"
    return f"{hours / 24:.0f} days"
