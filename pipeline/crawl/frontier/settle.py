"""Writes down what came of a URL: its record, its links, its host's pace, in one transaction."""

from __future__ import annotations

from dataclasses import replace

from pipeline.crawl.frontier.admit import admit, refuse
from pipeline.crawl.frontier.database import Database, lock_crawl
from pipeline.crawl.frontier.entries import Claim, Pace, Record, Refusal, Settlement, unpack_links
from pipeline.crawl.frontier.schema import PAGE, ROBOTS

#: A page that is reached only through more redirects than this is given up.
MAX_HOPS = 10


def settle(
    database: Database, claim: Claim, settlement: Settlement, pace: Pace | None, max_pages: int
) -> bool:
    """Settle a claim; the record that it names must be on the disk by now.

    Returns:
        False if nothing was written, and the record must go: the claim has been taken away (its process was
        thought dead), or there are as many pages as were wanted.
    """
    with database.transaction():
        lock_crawl(database)
        held = database.run(
            "SELECT 1 FROM urls WHERE url = ? AND state = 'asking' AND claim = ?", (claim.url, claim.token)
        )
        if not held:
            return False
        ((pages,),) = database.run("SELECT pages FROM crawl")
        is_page = settlement.record is not None or (settlement.unchanged and claim.kind == PAGE)
        if is_page and pages >= max_pages:
            database.run("UPDATE urls SET state = 'queued', claim = NULL WHERE url = ?", (claim.url,))
            return False
        settle_within(database, claim, settlement, pace)
        return True


def settle_within(database: Database, claim: Claim, settlement: Settlement, pace: Pace | None) -> None:
    """Settle a claim that is known to be held, within a transaction."""
    if pace is not None:
        database.run(
            "UPDATE hosts SET delay = ?, next_at = CASE WHEN next_at > ? THEN next_at ELSE ? END "
            "WHERE host = ?",
            (pace.delay, pace.not_before, pace.not_before, claim.host),
        )
    if settlement.retry_at is not None:
        database.run(
            "UPDATE urls SET state = 'queued', claim = NULL, attempts = attempts + 1, not_before = ? "
            "WHERE url = ?",
            (settlement.retry_at, claim.url),
        )
        return
    ((round_number,),) = database.run("SELECT round FROM crawl")
    settlement = _without_loop(database, claim, settlement)
    _write(database, claim, settlement)
    kept = claim.kind == PAGE and (settlement.record is not None or settlement.unchanged)
    database.run("UPDATE crawl SET pages = pages + ?, bytes = bytes + ?", (int(kept), settlement.transferred))
    found = settlement.found
    if settlement.unchanged and claim.kind != ROBOTS:
        found = unpack_links(claim.payload, claim.depth + 1)
    admit(database, round_number, found)
    refuse(database, round_number, settlement.refused)


def _write(database: Database, claim: Claim, settlement: Settlement) -> None:
    refusal = settlement.refusal
    database.run(
        "UPDATE urls SET state = 'done', claim = NULL, status = ?, rule = ?, value = ?, threshold = ?, "
        "detail = ?, expires = ? WHERE url = ?",
        (
            settlement.status,
            refusal and refusal.rule,
            refusal and refusal.value,
            refusal and refusal.threshold,
            refusal and refusal.detail,
            settlement.expires,
            claim.url,
        ),
    )
    if settlement.unchanged:
        if refusal is None:
            database.run(
                "UPDATE urls SET checked = ?, etag = coalesce(?, etag), modified = coalesce(?, modified) "
                "WHERE url = ?",
                (database.now(), settlement.etag, settlement.modified, claim.url),
            )
        return
    record = settlement.record
    database.run(
        "UPDATE urls SET payload = ?, etag = ?, modified = ?, checked = ?, warc = ?, record_at = ?, "
        "record_bytes = ?, record_number = ?, media_type = ?, digest = ? WHERE url = ?",
        (
            settlement.payload,
            settlement.etag,
            settlement.modified,
            database.now() if record else None,
            *_columns(record),
            claim.url,
        ),
    )
    if record is not None:
        database.run(
            "UPDATE warcs SET committed = ?, records = ? WHERE name = ?",
            (record.at + record.length, record.number + 1, record.warc),
        )


def _columns(record: Record | None) -> tuple[object, ...]:
    if record is None:
        return (None,) * 6
    return (record.warc, record.at, record.length, record.number, record.media_type, record.digest)


def _without_loop(database: Database, claim: Claim, settlement: Settlement) -> Settlement:
    """Refuse a redirect that leads back to where it came from, or on and on."""
    if not (settlement.status and 300 <= settlement.status < 400 and settlement.found):
        return settlement
    if settlement.found[0].hops > MAX_HOPS:
        detail = f"more than {MAX_HOPS} redirects lead to no page"
        refusal = Refusal(
            claim.url, "too_many_redirects", detail, float(settlement.found[0].hops), float(MAX_HOPS)
        )
        return replace(settlement, found=(), refusal=refusal)
    target: str | None = settlement.found[0].url
    for _ in range(MAX_HOPS):
        if target is None:
            return settlement
        if target == claim.url:
            refusal = Refusal(claim.url, "redirect_loop", "its redirect leads back to it")
            return replace(settlement, found=(), refusal=refusal)
        target = _redirect_of(database, target)
    return settlement


def _redirect_of(database: Database, url: str) -> str | None:
    rows = database.run(
        "SELECT payload FROM urls WHERE url = ? AND state = 'done' AND status >= 300 AND status < 400 "
        "AND round = (SELECT round FROM crawl)",
        (url,),
    )
    links = unpack_links(rows[0][0], 0) if rows else []
    return links[0].url if links else None
