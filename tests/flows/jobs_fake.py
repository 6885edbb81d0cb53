"""A cluster that carries out a script: what each attempt prints, leaves and ends as."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass, field, replace

from flows.ray_jobs import HeadAwayError, JobState, Node

#: Called with the URL of the spec when its attempt ends: leaves what a job would leave.
Leaves = Callable[[str], None]


@dataclass
class Attempt:
    """One attempt: it is asked so many times before it ends as `end`."""

    end: JobState
    looks: int = 1
    log: str = ""
    leaves: Leaves = lambda _url: None


@dataclass
class FakeJobs:
    """See `flows.ray_jobs.Jobs`; `away` are questions that get no answer, counted down."""

    script: list[Attempt]
    address: str = "http://ray"
    away: int = 0
    has: list[Node] = field(default_factory=lambda: [Node(2.0, 0.0, 4e9)])
    autoscaler: bool = False
    tailed: bool = True  # whether a connection for the log can be had
    states: dict[str, JobState] = field(default_factory=dict)
    commands: dict[str, str] = field(default_factory=dict)
    metadata: dict[str, Mapping[str, str]] = field(default_factory=dict)
    cpus: dict[str, float] = field(default_factory=dict)
    stopped: list[str] = field(default_factory=list)
    asked: int = 0
    sent: int = 0  # letters of logs that were read
    _running: dict[str, Attempt] = field(default_factory=dict)

    def submit(self, submission: str, command: str, metadata: Mapping[str, str], cpus: float) -> None:
        self._answer()
        assert submission not in self.states
        self.commands[submission], self.metadata[submission] = command, metadata
        self.cpus[submission] = cpus
        self.start(submission)

    def start(self, submission: str) -> None:
        """Begin the next attempt of the script."""
        self.states[submission] = JobState(submission, "RUNNING")
        self._running[submission] = replace(self.script.pop(0))

    def state(self, submission: str) -> JobState | None:
        self._answer()
        attempt = self._running.get(submission)
        if attempt is not None and submission in self.states:
            attempt.looks -= 1
            if attempt.looks <= 0 and not self.states[submission].ended:
                attempt.leaves(self.commands.get(submission, "").split(" ")[-1])
                self.states[submission] = replace(attempt.end, submission=submission)
        return self.states.get(submission)

    def all(self) -> list[JobState]:
        self._answer()
        return [replace(state, metadata=self.metadata.get(name, {})) for name, state in self.states.items()]

    def stop(self, submission: str) -> None:
        self._answer()
        self.stopped.append(submission)
        self.states[submission] = JobState(submission, "STOPPED")

    def log(self, submission: str) -> str:
        self._answer()
        text = self._running[submission].log
        self.sent += len(text)
        return text

    async def follow_log(self, submission: str) -> AsyncIterator[str]:
        if not self.tailed:
            raise HeadAwayError("no connection")
        text = self._running[submission].log
        for start in range(0, len(text), 1000):
            self.sent += len(text[start : start + 1000])
            yield text[start : start + 1000]
        await asyncio.sleep(3600)

    def nodes(self) -> list[Node]:
        self._answer()
        return self.has

    def scales(self) -> bool:
        self._answer()
        return self.autoscaler

    def _answer(self) -> None:
        self.asked += 1
        if self.away > 0:
            self.away -= 1
            raise HeadAwayError("connection refused")
