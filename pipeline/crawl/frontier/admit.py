"""Takes URLs in: each once in a round, before the others of its host if it is nearer to a start."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from pipeline.crawl.frontier.database import Database
from pipeline.crawl.frontier.entries import Found, Refusal
from pipeline.crawl.frontier.schema import DONE, QUEUED, ROBOTS, SITEMAP
from pipeline.crawl.urls import origin_of
from pipeline.network.addresses import host_of

#: Depths that come before those of pages.
_EARLY = {ROBOTS: -2, SITEMAP: -1}

# What is known from an earlier round (its number, its record, its validators) stays.
_ADMIT = """
    INSERT INTO urls
        (url, kind, host, robots, round, state, depth, hops, number, attempts, not_before, lastmod)
    VALUES (?, ?, ?, ?, ?, 'queued', ?, ?, ?, 0, 0, ?)
    ON CONFLICT (url) DO UPDATE SET
        state = 'queued',
        attempts = CASE WHEN urls.round < excluded.round THEN 0 ELSE urls.attempts END,
        not_before = CASE WHEN urls.round < excluded.round THEN 0 ELSE urls.not_before END,
        round = excluded.round,
        depth = excluded.depth,
        hops = excluded.hops,
        lastmod = coalesce(excluded.lastmod, urls.lastmod),
        claim = NULL, status = NULL, rule = NULL, value = NULL, threshold = NULL, detail = NULL
    WHERE urls.round < excluded.round OR (urls.state = 'queued' AND urls.depth > excluded.depth)
"""
_REFUSE = """
    INSERT INTO urls (url, kind, host, robots, round, state, depth, hops, number, attempts, not_before,
                      rule, value, threshold, detail)
    VALUES (?, 'page', '', '', ?, 'done', 0, 0, 0, 0, 0, ?, ?, ?, ?)
    ON CONFLICT (url) DO UPDATE SET
        state = 'done', round = excluded.round, rule = excluded.rule, value = excluded.value,
        threshold = excluded.threshold, detail = excluded.detail, warc = NULL, claim = NULL
    WHERE urls.round < excluded.round
"""


def admit(database: Database, round_number: int, found: Sequence[Found]) -> None:
    """Queue URLs that this round has not met yet, and the robots.txt that governs each; within a transaction.

    Args:
        database: the frontier.
        round_number: the crawl's current round.
        found: URLs in the order in which they stand on their page.
    """
    if not found:
        return
    origins = dict.fromkeys(origin_of(one.url) for one in found if one.kind != ROBOTS)
    entries = [Found(f"{origin}/robots.txt", 0, ROBOTS) for origin in origins]
    entries += found
    ((last,),) = database.run("UPDATE crawl SET numbers = numbers + ? RETURNING numbers", (len(entries),))
    hosts = dict.fromkeys(host_of(one.url) for one in entries)
    database.run_many(
        "INSERT INTO hosts (host, worker, lease_until, next_at, delay) VALUES (?, NULL, 0, 0, 0) "
        "ON CONFLICT (host) DO NOTHING",
        [(host,) for host in hosts],
    )
    first = last - len(entries)
    database.run_many(_ADMIT, [_row(one, round_number, first + i) for i, one in enumerate(entries)])


def refuse(database: Database, round_number: int, refused: Iterable[Refusal]) -> None:
    """Write down URLs that are never asked, unless this round has met them; within a transaction."""
    rows = [(one.url, round_number, one.rule, one.value, one.threshold, one.detail) for one in refused]
    if rows:
        database.run_many(_REFUSE, rows)


def queue_expired_robots(database: Database, now: float) -> None:
    """Have each robots.txt that is out of date asked again where URLs wait for it; within a transaction."""
    database.run(
        f"UPDATE urls SET state = '{QUEUED}', attempts = 0, not_before = 0 "  # noqa: S608
        f"WHERE kind = '{ROBOTS}' AND state = '{DONE}' AND round = (SELECT round FROM crawl) AND expires < ? "
        f"AND EXISTS (SELECT 1 FROM urls q WHERE q.robots = urls.url AND q.host = urls.host "
        f"AND q.state = '{QUEUED}')",
        (now,),
    )


def _row(one: Found, round_number: int, number: int) -> tuple[object, ...]:
    depth = _EARLY.get(one.kind, one.depth)
    robots = f"{origin_of(one.url)}/robots.txt"
    host = host_of(one.url)
    return (one.url, one.kind, host, robots, round_number, depth, one.hops, number, one.lastmod)
