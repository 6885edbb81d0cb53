"""The crawl itself: takes URLs from the frontier, asks for them, settles them, until there are none."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping
from dataclasses import replace
from urllib.parse import urljoin

from pipeline.crawl.download import Answer, Downloader, Failure
from pipeline.crawl.frontier.claim import (
    Judge,
    Limits,
    claim_next,
    give_up_on_far_hosts,
    next_chance,
    take_turn,
)
from pipeline.crawl.frontier.database import Database
from pipeline.crawl.frontier.entries import Claim, Pace, Record, Settlement
from pipeline.crawl.frontier.rounds import progress
from pipeline.crawl.frontier.schema import PAGE, ROBOTS, SITEMAP
from pipeline.crawl.frontier.settle import settle
from pipeline.crawl.frontier.workers import renew_leases
from pipeline.crawl.outcome import Reading, failed, page_outcome, robots_outcome, sitemap_outcome
from pipeline.crawl.pacing import BUSY, MAX_WAIT, pace_after, retry_after
from pipeline.crawl.pages import PageWriter
from pipeline.crawl.removed import without_removed
from pipeline.crawl.sitemap import MAX_BYTES as SITEMAP_BYTES
from pipeline.crawl.urls import BadUrlError, canonical
from pipeline.network.addresses import host_of
from pipeline.network.robots import MAX_BYTES as ROBOTS_BYTES

#: Requests in flight to all hosts together.
_MOST_IN_FLIGHT = 128
_IDLE_SECONDS = 0.25
_HEARTBEAT_SECONDS = 1.0
_LEAST_SECONDS = 0.002
#: RFC 9309, section 2.3.1.2: so many redirects of a robots.txt are followed, also to other hosts.
_ROBOTS_REDIRECTS = 5

_log = logging.getLogger(__name__)


class Conductor:
    """One process's part of a crawl."""

    def __init__(
        self,
        *,
        database: Database,
        worker: str,
        limits: Limits,
        judge: Judge,
        reading: Reading,
        pages: PageWriter,
        downloader: Downloader,
        max_bytes: int,
    ) -> None:
        self._database = database
        self._worker = worker
        self._limits = limits
        self._judge = judge
        self._reading = reading
        self._pages = pages
        self._downloader = downloader
        self._max_bytes = max_bytes
        self._tasks: set[asyncio.Task[None]] = set()

    async def run(self) -> None:
        """Crawl until the frontier has nothing left for any process.

        Raises:
            OSError: if a page cannot be written.
        """
        self._renew_leases()
        heartbeat = asyncio.ensure_future(self._keep_leases())
        try:
            while not heartbeat.done():
                claim = None
                if len(self._tasks) < _MOST_IN_FLIGHT:
                    claim = claim_next(self._database, self._worker, self._limits, self._judge)
                if claim is not None:
                    self._tasks.add(asyncio.ensure_future(self._carry_out(claim)))
                    # Lets what has arrived be read.
                    await asyncio.sleep(0)
                elif not self._tasks and self._is_over():
                    return
                else:
                    await self._wait()
                self._collect()
            heartbeat.result()
        finally:
            heartbeat.cancel()
            for task in self._tasks:
                task.cancel()

    def _collect(self) -> None:
        """Let go of what is done; what went wrong in it ends the crawl."""
        for task in [task for task in self._tasks if task.done()]:
            self._tasks.discard(task)
            task.result()

    def _is_over(self) -> bool:
        now = progress(self._database)
        if now.pages >= self._limits.max_pages or now.bytes >= self._limits.max_bytes:
            return now.asking == 0
        if now.queued and give_up_on_far_hosts(self._database, MAX_WAIT):
            return False
        return now.queued == 0 and now.asking == 0

    async def _wait(self) -> None:
        due = next_chance(self._database)
        seconds = _IDLE_SECONDS if due is None else due - self._database.now()
        # One that is due already waits for something else: for an answer, or for another process.
        seconds = _IDLE_SECONDS if seconds <= 0 else min(max(seconds, _LEAST_SECONDS), _IDLE_SECONDS)
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
        else:
            await asyncio.sleep(seconds)

    async def _keep_leases(self) -> None:
        while True:
            await asyncio.sleep(min(self._limits.lease / 4, _HEARTBEAT_SECONDS))
            self._renew_leases()

    def _renew_leases(self) -> None:
        share = renew_leases(self._database, self._worker, self._limits.lease, self._limits.delay)
        self._limits = replace(self._limits, max_hosts=share)

    async def _carry_out(self, claim: Claim) -> None:
        answer = await self._ask(claim)
        written: list[Record] = []

        def write(page: Answer, media_type: str, headers: list[tuple[str, str]]) -> Record:
            record = self._pages.write(
                page.url,
                f"{page.status} OK",
                headers,
                page.body,
                asked=page.asked,
                media_type=media_type,
            )
            written.append(record)
            return record

        # From the record's writing to its settling nothing else runs in this process.
        settlement = without_removed(self._outcome(claim, answer, write), claim.kind, self._reading.removed)
        settled = settle(self._database, claim, settlement, self._pace(claim, answer), self._limits.max_pages)
        if written and not settled:
            self._pages.take_back(written[0])
        if settlement.refusal is not None:
            _log.info("%s: %s", claim.url, settlement.refusal.rule)

    def _outcome(self, claim: Claim, answer: Answer | Failure, write: object) -> Settlement:
        now = self._database.now()
        if claim.kind == ROBOTS:
            return robots_outcome(claim, answer, self._reading, now)
        if isinstance(answer, Failure):
            return failed(claim, answer, self._reading, now)
        if claim.kind == SITEMAP:
            return sitemap_outcome(claim, answer, self._reading, now)
        return page_outcome(claim, answer, self._reading, write, now)  # type: ignore[arg-type]

    def _pace(self, claim: Claim, answer: Answer | Failure) -> Pace:
        now = self._database.now()
        concurrency = self._limits.concurrency
        if isinstance(answer, Failure):
            # A host that answers, but with too much, is not slow.
            latency = None if answer.may_pass else claim.learned * concurrency
            return pace_after(now, claim, latency, None, concurrency)
        pace = pace_after(now, claim, answer.latency, answer.status, concurrency)
        wait = retry_after(answer.header("Retry-After")) if answer.status in BUSY else None
        return pace if wait is None else Pace(pace.delay, max(pace.not_before, now + wait))

    async def _ask(self, claim: Claim) -> Answer | Failure:
        headers: dict[str, str] = {}
        if claim.has_record or (claim.kind != PAGE and claim.payload is not None):
            if claim.etag:
                headers["If-None-Match"] = claim.etag
            if claim.modified:
                headers["If-Modified-Since"] = claim.modified
        if claim.kind == ROBOTS:
            return await self._ask_robots(claim, headers)
        if claim.kind == SITEMAP:
            return await self._downloader.ask(claim.url, SITEMAP_BYTES, headers)
        return await self._downloader.ask(claim.url, self._max_bytes, headers, self._reading.wants)

    async def _ask_robots(self, claim: Claim, headers: Mapping[str, str]) -> Answer | Failure:
        """Follow the redirects of a robots.txt, each in its host's turn."""
        answer = await self._downloader.ask(claim.url, ROBOTS_BYTES, headers)
        for _ in range(_ROBOTS_REDIRECTS):
            location = answer.header("Location") if isinstance(answer, Answer) else None
            if location is None or not isinstance(answer, Answer) or not 300 <= answer.status < 400:
                break
            try:
                target = canonical(urljoin(answer.url, location))
            except (BadUrlError, ValueError):
                break
            if self._reading.removed.has(target):
                break
            turn = take_turn(self._database, host_of(target), claim.delay)
            await asyncio.sleep(max(turn - self._database.now(), 0.0))
            answer = await self._downloader.ask(target, ROBOTS_BYTES, {})
        return answer
