"""What the frontier knows of the WARC files: how far each is settled."""

from __future__ import annotations

from dataclasses import dataclass

from pipeline.crawl.frontier.database import Database


@dataclass(frozen=True)
class WarcState:
    """A WARC file: how many bytes and records of it are settled."""

    name: str
    committed: int
    records: int


def all_warcs(database: Database) -> list[WarcState]:
    """Return every WARC file, by name."""
    rows = database.run("SELECT name, committed, records FROM warcs")
    return sorted((WarcState(*row) for row in rows), key=lambda one: one.name)


def last_warc(database: Database, worker: str) -> WarcState | None:
    """Return the file that a worker wrote to last."""
    rows = database.run(
        "SELECT name, committed, records FROM warcs WHERE worker = ? ORDER BY number DESC LIMIT 1", (worker,)
    )
    return WarcState(*rows[0]) if rows else None


def new_warc(database: Database, worker: str) -> str:
    """Return the name of a new file of a worker; the frontier knows it before it is made."""
    with database.transaction():
        ((number,),) = database.run("SELECT count(*) FROM warcs WHERE worker = ?", (worker,))
        name = f"pages-{worker}-{number:05d}.warc.gz"
        database.run("INSERT INTO warcs VALUES (?, ?, ?, 0, 0)", (name, worker, number))
    return name


def forget_records(database: Database, name: str, size: int) -> None:
    """Have those pages asked again whose records stand beyond `size`, the bytes that a file really has."""
    with database.transaction():
        ((lost,),) = database.run(
            "SELECT count(*) FROM urls WHERE warc = ? AND record_at + record_bytes > ? AND state = 'done' "
            "AND round = (SELECT round FROM crawl)",
            (name, size),
        )
        database.run("UPDATE crawl SET pages = pages - ?", (lost,))
        database.run(
            "UPDATE urls SET "
            "state = CASE WHEN round = (SELECT round FROM crawl) THEN 'queued' ELSE state END, "
            "warc = NULL, etag = NULL, modified = NULL, digest = NULL, attempts = 0, not_before = 0 "
            "WHERE warc = ? AND record_at + record_bytes > ?",
            (name, size),
        )
        ((committed, records),) = database.run(
            "SELECT coalesce(max(record_at + record_bytes), 0), coalesce(max(record_number) + 1, 0) "
            "FROM urls WHERE warc = ?",
            (name,),
        )
        database.run("UPDATE warcs SET committed = ?, records = ? WHERE name = ?", (committed, records, name))
