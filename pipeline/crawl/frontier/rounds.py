"""The rounds of a crawl: how one begins, how far it is, and what it left."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from pipeline.crawl.frontier.admit import admit, refuse
from pipeline.crawl.frontier.database import Database
from pipeline.crawl.frontier.entries import Found, Record, Refusal

_PAGE_ROWS = 10_000


@dataclass(frozen=True)
class Progress:
    """How far a round is: pages kept, bytes transferred, URLs in flight and waiting."""

    round: int
    pages: int
    bytes: int
    asking: int
    queued: int


def begin_round(
    database: Database, round_number: int, start: Sequence[Found], refused: Sequence[Refusal] = ()
) -> None:
    """Begin a round with its start URLs, unless it has begun already.

    Records, validators and delays of earlier rounds stay; a URL takes part in the new round as soon as it is
    found again, so that what no page leads to any more is not among what the round leaves.
    """
    with database.transaction():
        known = database.run("SELECT round FROM crawl")
        if known and known[0][0] >= round_number:
            return
        if not known:
            database.run("INSERT INTO crawl VALUES (1, ?, ?, 0, 0, 0)", (round_number, database.now()))
        else:
            database.run(
                "UPDATE crawl SET round = ?, started = ?, pages = 0, bytes = 0",
                (round_number, database.now()),
            )
        # An earlier round may have ended with its budget.
        database.run("UPDATE urls SET state = 'done', claim = NULL WHERE state <> 'done'")
        database.run("UPDATE hosts SET worker = NULL")
        admit(database, round_number, start)
        refuse(database, round_number, refused)


def started_at(database: Database) -> float:
    """Return when the current round began (seconds since 1970)."""
    ((started,),) = database.run("SELECT started FROM crawl")
    return float(started)


def progress(database: Database) -> Progress:
    """Return how far the current round is."""
    ((round_number, pages, size),) = database.run("SELECT round, pages, bytes FROM crawl")
    counts = {
        str(state): int(count)
        for state, count in database.run(
            "SELECT state, count(*) FROM urls WHERE state IN ('queued', 'asking') GROUP BY state"
        )
    }
    return Progress(round_number, pages, size, counts.get("asking", 0), counts.get("queued", 0))


def kept_records(database: Database) -> Iterator[tuple[str, Record]]:
    """Give URL and record of each page that the current round left, by file and place."""
    after: tuple[object, ...] = ("", -1)
    while True:
        rows = database.run(
            "SELECT url, warc, record_at, record_bytes, record_number, media_type, digest FROM urls "
            "WHERE round = (SELECT round FROM crawl) AND state = 'done' AND (warc, record_at) > (?, ?) "
            "ORDER BY warc, record_at LIMIT ?",
            (*after, _PAGE_ROWS),
        )
        if not rows:
            return
        for url, *record in rows:
            yield url, Record(*record)
        after = (rows[-1][1], rows[-1][2])


def refusals(database: Database) -> Iterator[Refusal]:
    """Give what the current round did not keep, by URL."""
    after = ""
    while True:
        rows = database.run(
            "SELECT url, rule, detail, value, threshold FROM urls "
            "WHERE round = (SELECT round FROM crawl) AND rule IS NOT NULL AND kind <> 'robots' "
            "AND url > ? ORDER BY url LIMIT ?",
            (after, _PAGE_ROWS),
        )
        if not rows:
            return
        for row in rows:
            yield Refusal(*row)
        after = rows[-1][0]
