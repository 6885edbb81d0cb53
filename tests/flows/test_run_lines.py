"""Following a run's lines while it writes them."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from flows.run_lines import RunLines, followed


def write(run: Path, *steps: int) -> None:
    with (run / "progress.jsonl").open("a") as file:
        file.writelines(json.dumps({"step": step}) + "\n" for step in steps)


def test_lines_are_read_once_and_a_half_one_later(tmp_path: Path) -> None:
    lines = RunLines(str(tmp_path))
    assert lines.new() == ([], False)
    write(tmp_path, 1, 2)
    with (tmp_path / "progress.jsonl").open("a") as file:
        file.write('{"st')
    assert lines.new() == ([{"step": 1}, {"step": 2}], False)
    assert lines.new() == ([], False)
    with (tmp_path / "progress.jsonl").open("a") as file:
        file.write('ep": 3}\n')
    assert lines.new() == ([{"step": 3}], False)


def test_a_run_that_dropped_lines_begins_again(tmp_path: Path) -> None:
    lines = RunLines(str(tmp_path))
    write(tmp_path, *range(1, 10))
    lines.new()
    (tmp_path / "progress.jsonl").unlink()
    write(tmp_path, 1, 2)
    assert lines.new() == ([{"step": 1}, {"step": 2}], True)


def test_the_newest_line_is_told_while_and_when_it_ends(tmp_path: Path) -> None:
    told: list[Mapping[str, Any]] = []
    write(tmp_path, 1, 2)
    with followed(str(tmp_path), told.append):
        until = time.monotonic() + 20
        while not told:
            assert time.monotonic() < until
            time.sleep(0.01)
        assert told == [{"step": 2}]
