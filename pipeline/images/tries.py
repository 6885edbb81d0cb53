"""What came of asking for an image once: the rows of `image_fetches`, and the bytes."""

from __future__ import annotations

import socket
from dataclasses import dataclass
from datetime import datetime
from http.client import IncompleteRead
from typing import Literal

Outcome = Literal["ok", "failed", "refused", "opted_out"]

_PASSING_STATUS = frozenset({408, 425, 429, 500, 502, 503, 504})


@dataclass(frozen=True)
class Answer:
    """What came of one try: for `ok` nothing but that, else the reason."""

    outcome: Outcome
    reason: str | None = None
    status: int | None = None
    opt_out: str | None = None
    retry_after: float | None = None  # seconds, as the server asks
    may_pass: bool = False  # whether another try may succeed


@dataclass(frozen=True)
class Try:
    """One try for one URL, as the table `image_fetches` keeps it."""

    image_url: str
    answer: Answer
    attempt: int
    image_id: str | None = None
    tried_at: datetime | None = None
    next_try_at: datetime | None = None

    def row(self) -> dict[str, object]:
        """Return the row."""
        return {
            "image_url": self.image_url,
            "image_id": self.image_id,
            "outcome": self.answer.outcome,
            "reason": self.answer.reason,
            "status": self.answer.status,
            "attempt": self.attempt,
            "tried_at": self.tried_at,
            "next_try_at": self.next_try_at,
            "opt_out": self.answer.opt_out,
        }


def failed_with_status(status: int, retry_after: float | None) -> Answer:
    """Return the answer that an HTTP error means."""
    return Answer(
        "failed", f"http {status}", status, retry_after=retry_after, may_pass=status in _PASSING_STATUS
    )


def failed_to_connect(error: BaseException) -> Answer:
    """Return the answer that an error of the network means."""
    if isinstance(error, TimeoutError):
        return Answer("failed", "timeout", may_pass=True)
    if isinstance(error, socket.gaierror):
        return Answer("failed", "name does not resolve", may_pass=error.errno == socket.EAI_AGAIN)
    return Answer(
        "failed",
        f"connection: {type(error).__name__}",
        may_pass=isinstance(error, ConnectionError | IncompleteRead),
    )
