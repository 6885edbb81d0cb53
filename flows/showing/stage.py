"""Shows one stage while it runs, and what it did."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

from flows.showing.board import show_image, show_progress, show_table
from flows.showing.curves import Curves
from flows.showing.pace import Pace
from flows.spec import JobProgress

#: Between two updates of a bar and of a picture, in seconds: of a long stage they become fewer, for each is
#: an event that the database keeps.
_BAR, _PICTURE = (1.0, 10.0), (5.0, 60.0)
_SHARE = 0.01  # of the time that it has run


class ShownStage:
    """The artifacts of one stage.

    Args:
        stage: its name.
        arguments: what it is told.
    """

    def __init__(self, stage: str, arguments: Mapping[str, Any]) -> None:
        self._stage = stage
        self._name = stage.replace("_", "-")
        self._pace = Pace()
        self._curves = Curves(arguments["run"]) if stage == "train" else None
        self._began = time.monotonic()
        self._bar_at = self._picture_at = float("-inf")
        self._bar = False

    def update(self, progress: JobProgress) -> None:
        """Show how far it is, unless that was done a moment ago."""
        self._pace.take(progress)
        # A stage that ends within a moment needs no bar of its own, only its table.
        if progress.total and progress.done != progress.total and self._is_due(self._bar_at, _BAR):
            self._bar_at = time.monotonic()
            self._bar = True
            percent = 100.0 * progress.done / progress.total
            show_progress(f"{self._name}-progress", percent, self._said(self._pace.words()))
        if self._curves is not None and self._is_due(self._picture_at, _PICTURE):
            self._draw(self._curves)

    def end(self, report: Mapping[str, Any]) -> None:
        """Fill the bar, if there is one, draw the last picture, and show the stage's report."""
        if self._bar:
            show_progress(f"{self._name}-progress", 100.0, self._said("done"))
        if self._curves is not None:
            self._draw(self._curves)
        rows = [{"what": what, "value": value} for what, value in _flat(report)]
        show_table(f"{self._name}-report", rows, f"What stage {self._stage} did")

    def _draw(self, curves: Curves) -> None:
        self._picture_at = time.monotonic()
        drawn = curves.picture()
        if drawn is not None:
            show_image(f"{self._name}-curves", drawn, "The training so far")

    def _is_due(self, shown_at: float, between: tuple[float, float]) -> bool:
        now = time.monotonic()
        least, most = between
        return now - shown_at >= min(most, max(least, _SHARE * (now - self._began)))

    def _said(self, words: str) -> str:
        return f"Stage {self._stage}: {words}"


def _flat(report: Mapping[str, Any], prefix: str = "") -> list[tuple[str, Any]]:
    rows: list[tuple[str, Any]] = []
    for name, value in report.items():
        if isinstance(value, Mapping):
            rows += _flat(value, f"{prefix}{name}.")
        else:
            rows.append((f"{prefix}{name}", value))
    return rows
