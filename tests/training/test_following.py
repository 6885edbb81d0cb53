"""Steps that are taken elsewhere are told of, in order, and again when they are repeated."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from training import following
from training.lines import LineWriter


def _lines(first: int, last: int) -> list[dict[str, Any]]:
    return [{"step": step} for step in range(first, last + 1)]


def test_every_step_is_told_of_and_repeated_ones_again(tmp_path: Path) -> None:
    told: list[Mapping[str, Any]] = []
    follower = following._Follower(str(tmp_path), 2, told.append)
    follower.look()
    writer = LineWriter(str(tmp_path), "progress.jsonl", 0)
    for last in (4, 5, 5):
        writer.add(_lines(told[-1]["step"] + 1 if told else 1, last))
        follower.look()
    assert told == _lines(3, 5)
    LineWriter(str(tmp_path), "progress.jsonl", 3)
    follower.look()
    LineWriter(str(tmp_path), "progress.jsonl", 3).add(_lines(4, 6))
    follower.look()
    assert told == [*_lines(3, 5), *_lines(4, 6)]


def test_what_was_written_last_is_told_of_at_the_end(tmp_path: Path) -> None:
    told: list[Mapping[str, Any]] = []
    with following.following(str(tmp_path), 0, told.append):
        LineWriter(str(tmp_path), "progress.jsonl", 0).add(_lines(1, 3))
    assert told == _lines(1, 3)


def test_silence_is_worth_a_word_once(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    follower = following._Follower(str(tmp_path), 0, None)
    monkeypatch.setattr(following.time, "monotonic", lambda: follower._heard + 121)
    with caplog.at_level(logging.WARNING):
        follower.tell_of_silence()
    assert "workers wait for room" in caplog.text
