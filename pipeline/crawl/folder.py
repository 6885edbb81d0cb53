"""Where a crawl keeps its pages, how one sees that a round of it is finished, and when the next is due.

`<dataset>/warc/<source>-<hash>/` holds WARC files, and for each finished round an index of the pages that it
left and the reasons for those that it did not. `done.json`, written last, names the files of the latest one.
"""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass

import pyarrow as pa
import pyarrow.parquet as pq

from pipeline.recipe import WebSource
from storage.filesystem import arrow_filesystem, exists, join, read_bytes, write_bytes_atomic

_DONE = "done.json"
_HOUR = 3600.0
_ROWS_AT_A_TIME = 4096
#: What says how a crawl is made, not what it is to have.
_NOT_SHAPING = {
    "license", "family", "delay", "concurrency", "recrawl_after", "frontier", "processes",
}  # fmt: skip

#: One row: a page that a round left, by file and place.
INDEX = pa.schema(
    [
        pa.field("url", pa.string()),
        pa.field("warc", pa.string()),
        pa.field("offset", pa.int64()),
        pa.field("length", pa.int64()),  # bytes of the record
        pa.field("number", pa.int64()),  # of the record within its file
        pa.field("media_type", pa.string()),
        pa.field("digest", pa.string()),  # sha256 of the body
    ]
)


@dataclass(frozen=True)
class IndexedPage:
    """A page that a crawl left: where its record stands, and what kind of document it is."""

    url: str
    warc: str
    offset: int
    length: int
    number: int
    media_type: str
    digest: str  # sha256 of the body


@dataclass(frozen=True)
class CrawlSummary:
    """What the latest finished round left: pages, URLs that were not kept, seconds, and why it ended.

    `started` is in seconds since 1970. `warc` names the WARC files that hold its pages, `index` the Parquet
    file that says where, and `rejections` the JSON lines of what was not kept, within the folder.
    """

    pages: int
    rejected: int
    seconds: float
    finished: str
    warc: tuple[str, ...]
    rejections: str
    round: int
    started: float
    index: str
    transferred: int  # bytes of bodies


def crawl_folder(dataset: str, source: WebSource) -> str:
    """Return the folder of a source's crawl; another one when settings that shape its result change."""
    settings = source.model_dump_json(exclude=_NOT_SHAPING)
    digest = hashlib.sha256(settings.encode()).hexdigest()[:16]
    return join(dataset, "warc", f"{source.name}-{digest}")


def read_summary(folder: str) -> CrawlSummary | None:
    """Return what the latest finished round in `folder` left, or None while there is none."""
    url = join(folder, _DONE)
    if not exists(url):
        return None
    values = json.loads(read_bytes(url))
    return CrawlSummary(**{**values, "warc": tuple(values["warc"])})


def write_summary(folder: str, summary: CrawlSummary) -> None:
    """Mark a round in `folder` as finished; comes last, after every file that the summary names."""
    write_bytes_atomic(join(folder, _DONE), json.dumps(asdict(summary), indent=1).encode())


def due_round(dataset: str, source: WebSource) -> int:
    """Return the round that a build needs: the latest finished one, or the next where that is too old.

    A round is named by its number, so a build that is run again within `recrawl_after` plans what is done
    already; and one that is killed within a round plans that round again, for its start is not known to
    the folder before it is finished.
    """
    summary = read_summary(crawl_folder(dataset, source))
    if summary is None:
        return 1
    if source.recrawl_after is None:
        return summary.round
    is_old = time.time() - summary.started >= source.recrawl_after * _HOUR
    return summary.round + 1 if is_old else summary.round


def indexed_pages(folder: str) -> Iterator[IndexedPage]:
    """Give the pages that the latest finished round left, by file and place."""
    summary = read_summary(folder)
    if summary is None:
        return
    filesystem, path = arrow_filesystem(join(folder, summary.index))
    with filesystem.open_input_file(path) as file:
        for batch in pq.ParquetFile(file).iter_batches(_ROWS_AT_A_TIME):
            for row in batch.to_pylist():
                yield IndexedPage(**row)


def warc_files(folder: str) -> list[str]:
    """Return the URLs of the WARC files with the pages of the latest finished round, sorted."""
    summary = read_summary(folder)
    return [] if summary is None else [join(folder, name) for name in sorted(summary.warc)]
