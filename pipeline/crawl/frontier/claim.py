"""Gives out URLs: one that may be asked for now, to one process, its host's turn reserved with it."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass

from pipeline.crawl.frontier.database import Database, Row, lock_crawl
from pipeline.crawl.frontier.entries import Claim, Refusal, Settlement
from pipeline.crawl.frontier.schema import PAGE, ROBOTS
from pipeline.crawl.frontier.settle import settle_within

_CANDIDATES = 32
_COLUMNS = (
    "url, kind, host, depth, hops, attempts, warc, etag, modified, payload, digest, lastmod, checked, robots"
)


@dataclass(frozen=True)
class Limits:
    """What a crawl may take.

    Attributes:
        delay: seconds between two requests to one host, at least.
        concurrency: requests in flight to one host.
        max_pages: pages to keep.
        max_bytes: bytes of bodies to transfer.
        lease: seconds for which a host belongs to a process that has not been heard of.
        max_hosts: hosts that one process may own.
    """

    delay: float
    concurrency: int
    max_pages: int
    max_bytes: int
    lease: float
    max_hosts: int = 1_000_000


@dataclass(frozen=True)
class RobotsAnswer:
    """A robots.txt as the frontier has it: its URL, its text (deflated), the status, how long it holds.

    `rule` says why it was not even asked for.
    """

    url: str
    payload: bytes | None
    status: int | None
    expires: float
    rule: str | None


@dataclass(frozen=True)
class Verdict:
    """Whether robots.txt lets a URL be asked, and the seconds that it wants between requests.

    A refusal that `may_pass` (no answer at all) leaves the page of an earlier round where it is.
    """

    refusal: Refusal | None = None
    may_pass: bool = False
    delay: float = 0.0


Judge = Callable[[str, RobotsAnswer], Verdict]


def claim_next(database: Database, worker: str, limits: Limits, judge: Judge) -> Claim | None:
    """Take the next URL that may be asked for now.

    A host is taken with its first URL and belongs to `worker` as long as that renews its lease. Own hosts go
    before free ones, so that processes share the work when there is much. URLs that robots.txt forbids and
    pages that a sitemap calls unchanged are settled on the way, without a request.

    Args:
        database: the frontier.
        worker: the process.
        limits: of the crawl.
        judge: says what a robots.txt means for a URL.

    Returns:
        None if there is nothing to ask for at this moment.
    """
    settling = False
    while True:
        with database.transaction():
            if settling:
                lock_crawl(database)
            host = _ready_host(database, worker, limits)
            if host is None:
                return None
            name, learned = host
            found, unasked = _first_allowed(database, name, limits, judge)
            # Others may go on taking URLs at the same time, as long as there is nothing to settle.
            for row, settlement in unasked if settling else ():
                _settle_unasked(database, row, settlement)
            if found is not None and (settling or not unasked):
                row, wanted = found
                wait = max(learned, wanted, limits.delay)
                return _take(database, row, worker, (learned, wait), limits.lease)
            if not unasked:
                return None
            settling = True


def next_chance(database: Database) -> float | None:
    """Return when a host with waiting URLs may be asked (seconds since 1970); None if there is none."""
    ((due,),) = database.run(
        "SELECT min(next_at) FROM hosts WHERE EXISTS "
        "(SELECT 1 FROM urls q WHERE q.host = hosts.host AND q.state = 'queued')"
    )
    return None if due is None else float(due)


def give_up_on_far_hosts(database: Database, horizon: float) -> int:
    """Settle what waits for hosts that want to be left alone for over `horizon` seconds; returns how many.

    Pages of earlier rounds stay.
    """
    with database.transaction():
        lock_crawl(database)
        now = database.now()
        rows = database.run(
            f"SELECT {_COLUMNS} FROM urls q WHERE q.state = 'queued' "  # noqa: S608
            "AND q.host IN (SELECT host FROM hosts WHERE next_at > ?) ORDER BY q.depth, q.number LIMIT ?",
            (now + horizon, _CANDIDATES),
        )
        for row in rows:
            detail = f"{row[2]} asks to be left alone for more than {horizon:g} s"
            refusal = Refusal(str(row[0]), "retry_after", detail, None, horizon)
            _settle_unasked(database, row, Settlement(refusal=refusal, unchanged=row[6] is not None))
        return len(rows)


def take_turn(database: Database, host: str, delay: float) -> float:
    """Reserve a host's next turn, whoever it belongs to; return when that is (seconds since 1970)."""
    with database.transaction():
        now = database.now()
        database.run(
            "INSERT INTO hosts (host, worker, lease_until, next_at, delay) VALUES (?, NULL, 0, ?, 0) "
            "ON CONFLICT (host) DO NOTHING",
            (host, now),
        )
        ((turn,),) = database.run(
            "UPDATE hosts SET next_at = (CASE WHEN next_at > ? THEN next_at ELSE ? END) + "
            "(CASE WHEN delay > ? THEN delay ELSE ? END) WHERE host = ? "
            "RETURNING next_at - (CASE WHEN delay > ? THEN delay ELSE ? END)",
            (now, now, delay, delay, host, delay, delay),
        )
        return float(turn)


def _ready_host(database: Database, worker: str, limits: Limits) -> tuple[str, float] | None:
    ((pages, size),) = database.run("SELECT pages, bytes FROM crawl")
    if pages >= limits.max_pages or size >= limits.max_bytes:
        return None
    now = database.now()
    sql = (
        "SELECT h.host, h.delay FROM hosts h WHERE h.next_at <= ? "  # noqa: S608 (its parts are ours)
        "AND (h.worker = ? OR (h.worker IS NULL AND "
        "(SELECT count(*) FROM hosts o WHERE o.worker = ?) < ?)) "
        "AND (SELECT count(*) FROM urls a WHERE a.host = h.host AND a.state = 'asking') < ? "
        f"AND EXISTS (SELECT 1 FROM urls q WHERE q.host = h.host AND {_MAY_BE_ASKED}) "
        f"ORDER BY CASE WHEN h.worker IS NULL THEN 1 ELSE 0 END, h.next_at LIMIT 1 FOR UPDATE SKIP LOCKED"
    )
    rows = database.run(sql, (now, worker, worker, limits.max_hosts, limits.concurrency, now))
    return (str(rows[0][0]), float(rows[0][1])) if rows else None


#: A URL `q` whose time has come and whose robots.txt is known.
_MAY_BE_ASKED = (
    "q.state = 'queued' AND q.not_before <= ? AND (q.kind = 'robots' "
    "OR EXISTS (SELECT 1 FROM urls r WHERE r.url = q.robots AND r.state = 'done'))"
)


def _first_allowed(
    database: Database, host: str, limits: Limits, judge: Judge
) -> tuple[tuple[Row, float] | None, list[tuple[Row, Settlement]]]:
    """Return the first URL of a host that may be asked, with its delay, and what to settle before it."""
    now = database.now()
    rows = database.run(
        f"SELECT {_COLUMNS} FROM urls q WHERE q.host = ? AND {_MAY_BE_ASKED} "  # noqa: S608
        "ORDER BY q.depth, q.number LIMIT ?",
        (host, now, _CANDIDATES),
    )
    room = limits.max_pages - _pages_and_asking(database)
    unasked: list[tuple[Row, Settlement]] = []
    robots: dict[str, RobotsAnswer] = {}
    for row in rows:
        if row[1] == ROBOTS:
            return (row, 0.0), unasked
        if row[1] == PAGE and room <= 0:
            continue
        where = str(row[13])
        if where not in robots:
            robots[where] = _robots(database, where)
        verdict = judge(str(row[0]), robots[where])
        if verdict.refusal is not None:
            stays = verdict.may_pass and row[6] is not None
            unasked.append((row, Settlement(refusal=verdict.refusal, unchanged=stays)))
        elif _unchanged_by_sitemap(row):
            unasked.append((row, Settlement(unchanged=True)))
            room -= 1
        else:
            return (row, verdict.delay), unasked
    return None, unasked


def _pages_and_asking(database: Database) -> int:
    ((count,),) = database.run(
        "SELECT (SELECT pages FROM crawl) + "
        "(SELECT count(*) FROM urls WHERE state = 'asking' AND kind = 'page')"
    )
    return int(count)


def _robots(database: Database, url: str) -> RobotsAnswer:
    ((payload, status, expires, rule),) = database.run(
        "SELECT payload, status, expires, rule FROM urls WHERE url = ?", (url,)
    )
    return RobotsAnswer(url, payload, status, float(expires or 0.0), rule)


def _unchanged_by_sitemap(row: Row) -> bool:
    """Say whether a sitemap's word saves a request.

    A server that gives validators is asked, for that is cheap and sure. Of one that gives none, a sitemap
    that calls the page older than our copy is the only way not to transfer it again.
    """
    warc, etag, modified, lastmod, checked = row[6], row[7], row[8], row[11], row[12]
    if warc is None or etag or modified or lastmod is None or checked is None:
        return False
    return bool(lastmod < checked)


def _settle_unasked(database: Database, row: Row, settlement: Settlement) -> None:
    token = secrets.token_hex(8)
    database.run("UPDATE urls SET state = 'asking', claim = ? WHERE url = ?", (token, row[0]))
    settle_within(database, _claim(row, token, 0.0, 0.0), settlement, None)


def _take(database: Database, row: Row, worker: str, paces: tuple[float, float], lease: float) -> Claim:
    learned, delay = paces
    token = secrets.token_hex(8)
    now = database.now()
    database.run("UPDATE urls SET state = 'asking', claim = ? WHERE url = ?", (token, row[0]))
    database.run(
        "UPDATE hosts SET worker = ?, lease_until = ?, next_at = ? WHERE host = ?",
        (worker, now + lease, now + delay, row[2]),
    )
    return _claim(row, token, learned, delay)


def _claim(row: Row, token: str, learned: float, delay: float) -> Claim:
    url, kind, host, depth, hops, attempts, warc, etag, modified, payload, digest = row[:11]
    return Claim(
        url=url,
        kind=kind,
        host=host,
        depth=depth,
        hops=hops,
        attempts=attempts,
        token=token,
        learned=learned,
        delay=delay,
        has_record=warc is not None,
        etag=etag,
        modified=modified,
        payload=payload,
        digest=digest,
    )
