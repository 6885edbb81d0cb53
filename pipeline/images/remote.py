"""Asks for remote images, and again for those whose failure may pass."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from pipeline.images.host_gate import HostGate
from pipeline.images.opener import PoliteOpener
from pipeline.images.shard import download
from pipeline.images.tries import Answer, Try
from pipeline.network.agent import user_agent
from pipeline.network.guard import AddressGuard
from pipeline.recipe import NetworkSettings

_FIRST_WAIT = 0.5  # seconds, doubled with each further try
#: A server that wants us to wait longer than this is left for another build.
_LONGEST_WAIT = 30.0
_SWITCHED_OFF = Answer("refused", "the recipe switches images of other servers off (network.remote_images)")


@dataclass(frozen=True)
class RemoteImages:
    """What came of asking: each try in order, and the bytes by URL."""

    tries: tuple[Try, ...]
    data: dict[str, bytes]


class RemoteFetcher:
    """Asks servers within the recipe's limits; keeps what it knows of their robots.txt."""

    def __init__(self, network: NetworkSettings, max_bytes: int) -> None:
        self._network = network
        self._agent = user_agent(network.user_agent)
        self._opener = PoliteOpener(
            self._agent,
            AddressGuard.allowing(network.allow_private),
            HostGate.on_this_machine(network.concurrency, network.delay),
            timeout=network.timeout,
            max_bytes=max_bytes,
        )

    def fetch(self, urls: Iterable[str]) -> RemoteImages:
        """Ask for each URL, and again, while the recipe's retries last, for those whose failure may pass."""
        waiting = sorted(set(urls))
        if not self._network.remote_images:
            return RemoteImages(tuple(Try(url, _SWITCHED_OFF, 1) for url in waiting), {})
        tries: list[Try] = []
        data: dict[str, bytes] = {}
        attempt = 1
        while waiting:
            got = download(
                waiting, self._opener, self._agent, self._network.concurrency, self._network.timeout
            )
            data |= got
            now = datetime.now(UTC)
            again: dict[str, float] = {}
            for url in waiting:
                answer = self._opener.answers.get(url, Answer("failed", "img2dataset lost it"))
                wait = self._wait(answer, attempt)
                if wait is not None:
                    again[url] = wait
                tries.append(
                    Try(
                        url,
                        answer,
                        attempt,
                        image_id=hashlib.sha256(got[url]).hexdigest() if url in got else None,
                        tried_at=now,
                        next_try_at=None if wait is None else now + timedelta(seconds=wait),
                    )
                )
            if again:
                time.sleep(max(again.values()))
            waiting = sorted(again)
            attempt += 1
        return RemoteImages(tuple(tries), data)

    def _wait(self, answer: Answer, attempt: int) -> float | None:
        """Return the seconds until another try, or None if there is to be none."""
        if not answer.may_pass or attempt > self._network.retries:
            return None
        wait = max(_FIRST_WAIT * 2 ** (attempt - 1), answer.retry_after or 0.0)
        return wait if wait <= _LONGEST_WAIT else None
