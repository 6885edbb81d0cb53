"""What a site repeats: blocks in many of its pages, from a page's head or foot on without a gap."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import count, groupby, takewhile
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from pipeline.boilerplate.margins import MARGINS
from pipeline.clean.database import load_stream, open_database
from storage.parts import read_batches
from storage.staging import staging_files

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

#: Fewer pages may share a sentence by chance.
MIN_PAGES = 5
#: Of the pages of a site, and of those in one folder of it.
MIN_SHARE = 0.2
MIN_FOLDER_SHARE = 0.5

_FILE = pa.field("file", pa.string())
_SEEN = pa.schema([_FILE, *MARGINS])
_AT_A_TIME = 1024
# Pages with the same content are one page, under whatever names.
_REPEATED = """
    CREATE TABLE {name} AS
    WITH pages AS (
        SELECT {place} AS place, count(DISTINCT digest) AS pages FROM margins GROUP BY place
    ), holders AS (
        SELECT {place} AS place, block, count(DISTINCT digest) AS holders
        FROM margins WHERE block IS NOT NULL GROUP BY place, block
    )
    SELECT place, block, holders / pages AS share FROM holders JOIN pages USING (place)
    WHERE holders >= $pages AND holders / pages >= $share
"""
_ROWS = """
    SELECT file, doc_id, position, last, heading, marked,
           greatest(coalesce(in_site.share, 0), coalesce(in_folder.share, 0)) AS share
    FROM margins
    LEFT JOIN in_site ON margins.site = in_site.place AND margins.block = in_site.block
    LEFT JOIN in_folder ON margins.folder = in_folder.place AND margins.block = in_folder.block
    ORDER BY file, doc_id, position
"""


@dataclass(frozen=True)
class MarginRow:
    """An element near an end of a page, and the share of the site's pages in which it stands (0: in few)."""

    position: int
    last: int
    heading: bool
    marked: bool
    share: float


def repeated_by_file(dataset: str) -> Iterator[tuple[str, dict[str, dict[int, float]]]]:
    """Find what repeats in the pages that were read.

    Args:
        dataset: path or URL; its staging table `margins` is read, in a database that spills to disk.

    Yields:
        For each file of that table with repeated elements, in the order of the names: its name, and by page
        and position the share of pages that have the element too.
    """
    with open_database() as database:
        load_stream(database, "margins", _SEEN, _margins(dataset))
        _count(database, "in_site", "site", MIN_SHARE)
        _count(database, "in_folder", "folder", MIN_FOLDER_SHARE)
        for file, rows in groupby(_all(database.execute(_ROWS)), lambda row: row[0]):
            pages: dict[str, dict[int, float]] = {}
            for doc_id, page in groupby(rows, lambda row: row[1]):
                found = repeated_ends([MarginRow(*row[2:]) for row in page])
                if found:
                    pages[doc_id] = found
            if pages:
                yield file, pages


def repeated_ends(rows: Sequence[MarginRow]) -> dict[int, float]:
    """Return the elements that are repeated from an end of the page on, with their shares.

    A run ends at the first element that neither is marked already nor stands in many pages, so that what is
    repeated amid a page's own content stays. A heading at the inner end of the head's run begins that
    content.

    Args:
        rows: the page's rows, by position.
    """
    head = list(_run(rows, 0, 1))
    if len(head) <= rows[-1].last:
        while head and head[-1].heading and not head[-1].marked:
            head.pop()
    foot = _run(reversed(rows), rows[-1].last, -1)
    return {row.position: row.share for row in (*head, *foot) if row.share and not row.marked}


def _run(rows: Iterable[MarginRow], start: int, step: int) -> Iterator[MarginRow]:
    def goes_on(pair: tuple[MarginRow, int]) -> bool:
        row, expected = pair
        return row.position == expected and (row.marked or row.share > 0)

    return (row for row, _ in takewhile(goes_on, zip(rows, count(start, step), strict=False)))


def _count(database: DuckDBPyConnection, name: str, place: str, share: float) -> None:
    database.execute(_REPEATED.format(name=name, place=place), {"pages": MIN_PAGES, "share": share})


def _margins(dataset: str) -> Iterator[pa.RecordBatch]:
    for url in staging_files(dataset, "margins"):
        name = url.rsplit("/", 1)[-1]
        for batch in read_batches([url], MARGINS, None, _AT_A_TIME):
            names = pa.array([name] * batch.num_rows, pa.string())
            yield pa.record_batch([names, *batch.columns], schema=_SEEN)


def _all(rows: Any) -> Iterator[tuple[Any, ...]]:
    while batch := rows.fetchmany(_AT_A_TIME):
        yield from batch
