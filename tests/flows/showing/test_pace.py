"""The words of a progress bar."""

from __future__ import annotations

import pytest

from flows.showing.pace import Pace, in_words
from flows.spec import JobProgress


def said(*looks: tuple[float, JobProgress]) -> str:
    """Return what is said after these looks, each at its second."""
    now = [0.0]
    pace = Pace(lambda: now[0])
    for now[0], progress in looks:
        pace.take(progress)
    return pace.words()


def test_speed_and_time_left_come_from_what_was_done() -> None:
    words = said((0, JobProgress(10, 100, rows=0)), (5, JobProgress(20, 100, rows=500)))
    assert words == "20 of 100, 100 rows/s, about 40 s left"


def test_what_was_done_before_is_no_speed() -> None:
    assert said((0, JobProgress(90, 100, rows=0))) == "90 of 100"
    assert Pace().words() == ""


def test_only_the_last_minute_tells_the_speed() -> None:
    slow = [(second, JobProgress(second, 10_000, rows=second)) for second in range(0, 300, 10)]
    fast = [(300 + second, JobProgress(300 + 10 * second, 10_000)) for second in range(0, 100, 10)]
    assert "10,000, about 15 min left" in said(*((float(at), step) for at, step in (*slow, *fast)))


def test_a_note_and_a_plan_that_is_not_known_are_said() -> None:
    assert said((0, JobProgress(0, None))) == "finding out what there is to do"
    assert said((0, JobProgress(1, 2, "loss 0.500"))) == "1 of 2, loss 0.500"


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(3.2, "3 s"), (89, "89 s"), (100, "2 min"), (3600, "1 h"), (7800, "2 h 10 min"), (300_000, "3 days")],
)
def test_times(seconds: float, words: str) -> None:
    assert in_words(seconds) == words
