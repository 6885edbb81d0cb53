"""Ends a round: WARC files cut to what is settled, an index of the pages, the reasons for the others."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from pipeline.crawl.folder import INDEX, CrawlSummary
from pipeline.crawl.frontier.claim import Limits
from pipeline.crawl.frontier.database import Database
from pipeline.crawl.frontier.rounds import Progress, kept_records, progress, refusals, started_at
from pipeline.crawl.frontier.warcs import all_warcs
from pipeline.crawl.pages import cut_to_settled

_ROWS_AT_A_TIME = 4096


def finish_round(folder: Path, database: Database, limits: Limits) -> CrawlSummary | None:
    """Write a round's index and rejections into its local folder, once no process works on it.

    Returns:
        What the round left; None if it is not over, because a file lost pages that must be asked again.
    """
    for state in all_warcs(database):
        cut_to_settled(folder, state, database)
    now = progress(database)
    if why_over(now, limits) is None:
        return None
    index, rejections = f"pages-{now.round:05d}.parquet", f"rejections-{now.round:05d}.jsonl"
    files: set[str] = set()
    pages = 0
    with pq.ParquetWriter(folder / index, INDEX) as writer:
        for batch in _batches(database):
            files.update(batch["warc"].to_pylist())
            pages += batch.num_rows
            writer.write_batch(batch)
    rejected = 0
    with (folder / rejections).open("w", encoding="utf-8") as lines:
        for refusal in refusals(database):
            lines.write(json.dumps(asdict(refusal)) + "\n")
            rejected += 1
    started = started_at(database)
    return CrawlSummary(
        pages=pages,
        rejected=rejected,
        seconds=round(database.now() - started, 3),
        finished=why_over(now, limits) or "",
        warc=tuple(sorted(files)),
        rejections=rejections,
        round=now.round,
        started=started,
        index=index,
        transferred=now.bytes,
    )


def why_over(now: Progress, limits: Limits) -> str | None:
    """Say why a round has ended: `finished`, `max_pages` or `max_bytes`; None if it has not."""
    if now.asking:
        return None
    if now.pages >= limits.max_pages:
        return "max_pages"
    if now.bytes >= limits.max_bytes:
        return "max_bytes"
    return None if now.queued else "finished"


def _batches(database: Database) -> Iterator[pa.RecordBatch]:
    rows: list[dict[str, object]] = []
    for url, record in kept_records(database):
        rows.append(
            {
                "url": url,
                "warc": record.warc,
                "offset": record.at,
                "length": record.length,
                "number": record.number,
                "media_type": record.media_type,
                "digest": record.digest,
            }
        )
        if len(rows) == _ROWS_AT_A_TIME:
            yield pa.RecordBatch.from_pylist(rows, schema=INDEX)
            rows = []
    if rows:
        yield pa.RecordBatch.from_pylist(rows, schema=INDEX)
