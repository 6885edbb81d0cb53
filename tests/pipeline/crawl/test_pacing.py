import time
from email.utils import formatdate

import pytest

from pipeline.crawl.frontier.entries import Claim
from pipeline.crawl.pacing import MAX_DELAY, backoff, next_delay, pace_after, retry_after


def claim(learned, delay):
    return Claim("u", "page", "h", 0, 0, 0, "t", learned, delay, False, None, None, None, None)


def test_a_delay_follows_the_latency():
    delay = 0.0
    for _ in range(30):
        delay = next_delay(delay, 1.0, 1.0, 200, 2)
    assert delay == pytest.approx(0.5)
    assert next_delay(delay, 0.5, 0.01, 200, 2) < delay
    assert next_delay(delay, 0.5, 0.01, 304, 2) < delay
    assert next_delay(delay, 0.5, 0.01, 404, 2) == delay, "an error comes fast, and says nothing of the load"


def test_a_busy_host_is_asked_less_and_less():
    delay = 0.0
    for _ in range(12):
        longer = next_delay(delay, delay, 0.01, 429, 2)
        assert longer > delay or longer == MAX_DELAY
        delay = longer
    assert delay == MAX_DELAY
    assert next_delay(0.0, 1.0, None, None, 2) == 2.0


def test_one_at_a_time_waits_from_the_answer():
    assert pace_after(100.0, claim(0.0, 2.0), 0.1, 200, 1).not_before == 102.0
    assert pace_after(100.0, claim(0.0, 2.0), 0.1, 503, 1).not_before == 104.0
    assert pace_after(100.0, claim(0.0, 2.0), 0.1, 200, 2).not_before == 100.0


def test_waits():
    assert [backoff(attempts) for attempts in range(3)] == [0.5, 1.0, 2.0]
    assert backoff(50) == MAX_DELAY
    assert retry_after("7") == 7.0
    assert retry_after(formatdate(time.time() + 60, usegmt=True)) == pytest.approx(60, abs=2)
    assert retry_after(formatdate(time.time() - 60, usegmt=True)) == 0.0
    assert retry_after("soon") is None
    assert retry_after(None) is None
