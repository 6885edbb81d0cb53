"""Lines of a run: each step once, whatever was killed when, and in work that grows with their number."""

from __future__ import annotations

import json
import uuid
from pathlib import Path
from typing import Any

import fsspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from training import segments
from training.lines import LineWriter, lines_after, read_lines


def _line(step: int, attempt: int = 0) -> dict[str, Any]:
    return {"step": step, "attempt": attempt, "padding": "x" * (step % 50)}


@pytest.fixture(params=["folder", "store"])
def run(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    return str(tmp_path) if request.param == "folder" else f"memory://{uuid.uuid4().hex}"


@given(
    attempts=st.lists(st.tuples(st.integers(0, 60), st.integers(1, 40), st.integers(1, 9)), max_size=5),
    known=st.integers(0, 100),
    full=st.sampled_from([1, 300, 1 << 20]),
)
@settings(max_examples=40, deadline=None)
def test_a_run_that_goes_on_again_and_again_has_each_step_once(
    attempts: list[tuple[int, int, int]], known: int, full: int
) -> None:
    """Each attempt goes on from a step that was reached, takes some, and is killed between two flushes."""
    run = f"memory://{uuid.uuid4().hex}"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(segments, "_FULL", full)
        expected: dict[int, dict[str, Any]] = {}
        for number, (back, steps, at_once) in enumerate(attempts):
            start = max(max(expected, default=0) - back, 0)
            expected = {step: line for step, line in expected.items() if step <= start}
            writer = LineWriter(run, "progress.jsonl", start)
            taken = [_line(step, number) for step in range(start + 1, start + steps + 1)]
            for first in range(0, len(taken) - len(taken) % at_once, at_once):
                writer.add(taken[first : first + at_once])
                expected |= {line["step"]: line for line in taken[first : first + at_once]}
        lines = [expected[step] for step in sorted(expected)]
        assert read_lines(run, "progress.jsonl") == lines
        later = [line for line in lines if line["step"] > known]
        assert lines_after(run, "progress.jsonl", known) == (later or lines[-1:])


def test_a_worker_that_was_given_up_on_adds_nothing_twice(run: str) -> None:
    old = LineWriter(run, "progress.jsonl", 0)
    old.add([_line(1), _line(2)])
    new = LineWriter(run, "progress.jsonl", 2)
    old.add([_line(3)])
    new.add([_line(3, 1), _line(4, 1)])
    assert [line["step"] for line in read_lines(run, "progress.jsonl")] == [1, 2, 3, 4]


def test_a_line_that_was_being_written_does_not_count(tmp_path: Path) -> None:
    LineWriter(str(tmp_path), "progress.jsonl", 0).add([_line(1)])
    with (tmp_path / "progress.jsonl").open("a") as file:
        file.write('{"step": 2, "los')
    assert read_lines(str(tmp_path), "progress.jsonl") == [_line(1)]
    assert lines_after(str(tmp_path), "progress.jsonl", 0) == [_line(1)]


@pytest.mark.parametrize("known", [0, 1, 499, 2998, 3000, 5000])
def test_the_end_of_a_long_file_is_found(known: int, tmp_path: Path) -> None:
    lines = [_line(step) for step in range(1, 3001)]
    LineWriter(str(tmp_path), "progress.jsonl", 0).add(lines)
    found = lines_after(str(tmp_path), "progress.jsonl", known)
    assert found == (lines[known:] or lines[-1:])


def test_a_file_that_is_not_there_has_no_lines(run: str) -> None:
    assert read_lines(run, "progress.jsonl") == lines_after(run, "progress.jsonl", 3) == []


def test_what_an_object_store_is_sent_grows_with_the_lines(monkeypatch: pytest.MonkeyPatch) -> None:
    """A flush after each line: four times the lines are about four times the bytes."""
    monkeypatch.setattr(segments, "_FULL", 4096)
    memory = fsspec.filesystem("memory")
    sent = 0
    put = type(memory).pipe_file

    def counted(self: Any, path: str, value: bytes, *args: Any, **more: Any) -> None:
        nonlocal sent
        sent += len(value)
        put(self, path, value, *args, **more)

    monkeypatch.setattr(type(memory), "pipe_file", counted)

    def bytes_of(steps: int) -> int:
        nonlocal sent
        sent = 0
        writer = LineWriter(f"memory://{uuid.uuid4().hex}", "progress.jsonl", 0)
        for step in range(1, steps + 1):
            writer.add([_line(step)])
        return sent

    few, many = bytes_of(500), bytes_of(2000)
    assert 3.5 * few < many < 4.5 * few
    assert many < 2000 * (4096 + len(json.dumps(_line(49))) + 1)
