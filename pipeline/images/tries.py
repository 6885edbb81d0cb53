"""What came of asking for an image once: the rows of `image_fetches`, and the bytes."""

from __future__ import annotations

import socket
from dataclasses import dataclass
from datetime import datetime
from http.client import IncompleteRead
from typing import Literal

Outcome = Literal["ok", "failed", "refused", "opted_out", "deferred"]

#: The reason of a body of no bytes.
EMPTY = "empty"
_PASSING_STATUS = frozenset({408, 425, 429, 500, 502, 503, 504})


@dataclass(frozen=True)
class Answer:
    """What came of one try: for `ok` nothing but that, else the reason.

    `may_pass` says that another try of the same build may succeed, `later` that one of a later build may.
    """

    outcome: Outcome
    reason: str | None = None
    status: int | None = None
    opt_out: str | None = None
    retry_after: float | None = None  # seconds, as the server asks
    may_pass: bool = False
    later: bool = False


@dataclass(frozen=True)
class Try:
    """One try for one URL, as the table `image_fetches` keeps it."""

    image_url: str
    answer: Answer
    attempt: int
    image_id: str | None = None
    tried_at: datetime | None = None
    next_try_at: datetime | None = None
    round: int = 1

    def row(self) -> dict[str, object]:
        """Return the row."""
        return {
            "image_url": self.image_url,
            "image_id": self.image_id,
            "outcome": self.answer.outcome,
            "reason": self.answer.reason,
            "status": self.answer.status,
            "attempt": self.attempt,
            "round": self.round,
            "tried_at": self.tried_at,
            "next_try_at": self.next_try_at,
            "opt_out": self.answer.opt_out,
        }


class NotHadError(OSError):
    """No image came of a request, for a reason that is not the connection's."""

    def __init__(self, answer: Answer) -> None:
        super().__init__(answer.reason)
        self.answer = answer


def too_large(max_bytes: int, status: int | None = None) -> Answer:
    """Return the answer that a body over the limit means."""
    return Answer("failed", f"more than {max_bytes} bytes", status)


def failed_with_status(status: int, retry_after: float | None) -> Answer:
    """Return the answer that an HTTP error means."""
    if 300 <= status < 400:
        return Answer("failed", f"http {status}: a redirect that goes round or leads nowhere", status)
    passing = status in _PASSING_STATUS
    return Answer(
        "failed", f"http {status}", status, retry_after=retry_after, may_pass=passing, later=passing
    )


def failed_to_connect(error: BaseException) -> Answer:
    """Return the answer that an error of the network means."""
    if isinstance(error, TimeoutError):
        return Answer("failed", "timeout", may_pass=True, later=True)
    if isinstance(error, socket.gaierror):
        again = error.errno == socket.EAI_AGAIN
        return Answer("failed", "name does not resolve", may_pass=again, later=again)
    passing = isinstance(error, ConnectionError | IncompleteRead)
    # A network that is not there at all (no route) passes later, not within a second.
    later = passing or type(error) is OSError
    return Answer("failed", f"connection: {type(error).__name__}", may_pass=passing, later=later)
