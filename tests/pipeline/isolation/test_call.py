from __future__ import annotations

import time
from collections.abc import Iterator

import psutil
import pytest

from pipeline.extract.element import UnreadableDocumentError
from pipeline.isolation.call import Isolated, IsolationError, Limits

VICTIMS = "tests.pipeline.isolation.victims"


@pytest.fixture
def start() -> Iterator[object]:
    made: list[Isolated] = []

    def make(name: str, seconds: float = 20.0, memory: int = 256) -> Isolated:
        made.append(Isolated(f"{VICTIMS}:{name}", Limits(seconds, memory)))
        return made[-1]

    yield make
    for one in made:
        one.close()


def test_values_come_back_and_what_is_printed_does_not(start) -> None:
    double = start("double")
    assert [double(1), double(2)] == [2, 4]


def test_the_child_is_kept_and_ends_with_close(start) -> None:
    process_id = start("process_id")
    first = process_id()
    assert process_id() == first
    process_id.close()
    assert not psutil.pid_exists(first)
    assert process_id() != first


def test_too_slow_is_ended_in_time_and_the_next_call_works(start) -> None:
    sleep = start("sleep", seconds=1.0)
    began = time.monotonic()
    with pytest.raises(IsolationError) as caught:
        sleep(60.0)
    assert caught.value.rule == "too_slow"
    assert caught.value.threshold == 1.0
    assert time.monotonic() - began < 30
    assert sleep(0.0) is None


def test_too_much_memory(start) -> None:
    take_memory = start("take_memory")
    with pytest.raises(IsolationError) as caught:
        take_memory(1024)
    assert caught.value.rule == "too_much_memory"
    assert take_memory(1) == 1 << 20


def test_a_crash(start) -> None:
    crash = start("crash")
    for _ in range(2):
        with pytest.raises(IsolationError) as caught:
            crash()
        assert caught.value.rule == "crashed"
        assert "-11" in caught.value.detail


def test_our_own_errors_come_back_whole(start) -> None:
    with pytest.raises(UnreadableDocumentError) as caught:
        start("refuse")()
    error = caught.value
    assert (error.rule, error.detail, error.value, error.threshold) == ("a_rule", "A sentence.", 3.0, 2.0)


def test_foreign_errors_come_back_as_a_sentence(start) -> None:
    with pytest.raises(IsolationError) as caught:
        start("fail")()
    assert caught.value.rule == "failed"
    assert "ZeroDivisionError: by zero" in caught.value.detail


def test_a_child_cannot_make_its_parent_call_something(start) -> None:
    with pytest.raises(IsolationError) as caught:
        start("attack")()
    assert caught.value.rule == "crashed"


def test_a_function_that_is_not_there(start) -> None:
    with pytest.raises(IsolationError) as caught:
        start("nothing")()
    assert caught.value.rule == "crashed"
    assert "did not start" in caught.value.detail
