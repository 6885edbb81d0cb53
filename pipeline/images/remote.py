"""Asks for remote images, and again for those whose failure may pass."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from pipeline.images.host_gate import HostGate
from pipeline.images.opener import PoliteOpener
from pipeline.images.shard import download
from pipeline.images.spill import Spill
from pipeline.images.tries import Answer, Try
from pipeline.network.agent import user_agent
from pipeline.network.answers import shared_folder
from pipeline.network.guard import AddressGuard
from pipeline.recipe import NetworkSettings

_FIRST_WAIT = 0.5  # seconds, doubled with each further try
#: A server that wants us to wait longer than this is left for another build.
_LONGEST_WAIT = 30.0
#: Seconds until a later build may try what failed in this one; four times as long with each round.
_LATER = 3600.0
_LATEST = 7 * 86_400.0
_SWITCHED_OFF = Answer("refused", "the recipe switches images of other servers off (network.remote_images)")


class RemoteFetcher:
    """Asks servers within the recipe's limits.

    Args:
        network: the limits.
        max_bytes: largest image.
        scope: the dataset, within which processes share what they learn of sites.
    """

    def __init__(self, network: NetworkSettings, max_bytes: int, scope: str) -> None:
        self._network = network
        self._agent = user_agent(network.user_agent, network.contact)
        limits = {one.host: (one.concurrency, one.delay) for one in network.hosts}
        self._opener = PoliteOpener(
            self._agent,
            AddressGuard.allowing(network.allow_private),
            HostGate.on_this_machine(network.concurrency, network.delay, limits),
            shared_folder(scope),
            timeout=network.timeout,
            max_bytes=max_bytes,
        )

    def fetch(
        self, urls: Mapping[str, Try | None], rounds: Mapping[str, int], spill: Spill
    ) -> tuple[Try, ...]:
        """Ask for each URL, and again, while the recipe's retries last, for those whose failure may pass.

        Args:
            urls: URL -> its last try so far, if there was one.
            rounds: URL -> the round of this asking; 1 for those that are not named.
            spill: gets the bytes of those that were had.

        Returns:
            Each try, in order.
        """
        waiting = sorted(urls)
        if not self._network.remote_images:
            return tuple(Try(url, _SWITCHED_OFF, 1) for url in waiting)
        before = {url: last.attempt if last is not None else 0 for url, last in urls.items()}
        tries: list[Try] = []
        ids: dict[str, str] = {}

        def keep(url: str, data: bytes) -> None:
            ids[url] = hashlib.sha256(data).hexdigest()
            spill.add(ids[url], data)

        attempt = 1
        while waiting:
            threads, timeout = self._network.concurrency, self._network.timeout
            download(waiting, self._opener, self._agent, threads, timeout, keep)
            now = datetime.now(UTC)
            again: dict[str, float] = {}
            for url in waiting:
                answer = self._opener.answers.get(url, Answer("failed", "img2dataset lost it", later=True))
                this_round = rounds.get(url, 1)
                wait = self._wait(answer, attempt)
                if wait is not None:
                    again[url] = wait
                else:
                    wait = _until_later(answer, this_round)
                deferred = answer.outcome == "deferred"
                tries.append(
                    Try(
                        url,
                        answer,
                        before[url] + attempt - deferred,
                        image_id=ids.get(url),
                        tried_at=now,
                        next_try_at=None if wait is None else now + timedelta(seconds=wait),
                        round=this_round,
                    )
                )
            if again:
                time.sleep(max(again.values()))
            waiting = sorted(again)
            attempt += 1
        self._opener.close()
        return tuple(tries)

    def _wait(self, answer: Answer, attempt: int) -> float | None:
        """Return the seconds until another try of this build, or None if there is to be none."""
        if not answer.may_pass or attempt > self._network.retries:
            return None
        wait = max(_FIRST_WAIT * 2 ** (attempt - 1), answer.retry_after or 0.0)
        return wait if wait <= _LONGEST_WAIT else None


def _until_later(answer: Answer, this_round: int) -> float | None:
    """Return the seconds until a try of a later build, or None if there is to be none."""
    if not answer.later:
        return None
    if answer.retry_after is not None:
        return min(answer.retry_after, _LATEST)
    return min(_LATER * 4.0 ** min(this_round - 1, 10), _LATEST)
