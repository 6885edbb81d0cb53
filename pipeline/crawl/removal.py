"""Takes removed pages out of what crawls left: frontiers, WARC files, indexes, reasons and logs."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from pipeline.crawl.folder import read_summary, write_summary
from pipeline.crawl.frontier.database import SQLITE_FILE, Database, open_database
from pipeline.crawl.frontier.forget import forget_urls, knows_any
from pipeline.crawl.frontier.warcs import all_warcs
from pipeline.crawl.pages import cut_to_settled
from pipeline.crawl.workplace import open_workplace
from pipeline.removal.archives import erase_records
from storage.filesystem import (
    arrow_filesystem,
    is_local,
    join,
    list_sizes,
    open_filesystem,
    read_bytes,
    subfolders,
    write_bytes_atomic,
)

IsRemoved = Callable[[str], bool]
_SETTINGS = "settings.json"


def erase_crawls(dataset: str, removed_of: Callable[[str], IsRemoved]) -> int:
    """Take removed pages out of every crawl of a dataset, also those of earlier recipes.

    Each step can be broken off and done again.

    Args:
        dataset: path or URL.
        removed_of: given the name of a source, what says whether a URL was removed.

    Returns:
        How many files were changed or deleted.
    """
    changed = 0
    for name in subfolders(join(dataset, "warc")):
        folder = join(dataset, "warc", name)
        # See `crawl_folder`: the source's name, and a hash.
        is_removed = removed_of(name.rpartition("-")[0])
        changed += _erase_files(folder, is_removed)
        place = open_workplace(folder)
        database = _database_of(place)
        if database is not None:
            try:
                changed += forget_in_workplace(place, database, is_removed)
                # Also what an earlier removal deleted before it was broken off.
                database.compact()
            finally:
                database.close()
        if not is_local(folder):
            _erase_files(str(place), is_removed)
            if (place / SQLITE_FILE).exists():
                filesystem, path = open_filesystem(folder)
                filesystem.put_file(str(place / SQLITE_FILE), join(path, SQLITE_FILE))
    return changed


def forget_in_workplace(place: Path, database: Database, is_removed: IsRemoved) -> bool:
    """Take removed pages out of a frontier and its local WARC files; say whether it knew any."""
    if not knows_any(database, is_removed):
        return False
    for state in all_warcs(database):
        # What a killed process wrote beyond that may be a piece of a removed page.
        cut_to_settled(place, state, database)
    # The frontier last: as long as it knows a removed URL, this is done again.
    erase_records(str(place), lambda url: url is not None and is_removed(url))
    forget_urls(database, is_removed)
    return True


def _database_of(place: Path) -> Database | None:
    """Open the frontier of a crawl that was begun, where there is one."""
    written = place / _SETTINGS
    settings = json.loads(written.read_bytes()) if written.exists() else {}
    if settings.get("frontier") is None and not (place / SQLITE_FILE).exists():
        return None
    return open_database(settings.get("frontier"), place, settings.get("name", ""))


def _erase_files(folder: str, is_removed: IsRemoved) -> int:
    changed = erase_records(folder, lambda url: url is not None and is_removed(url))
    filesystem, path = open_filesystem(folder)
    for name in sorted(list_sizes(folder)):
        url = join(folder, name)
        if name.startswith("pages-") and name.endswith(".parquet"):
            changed += _erase_index(url, is_removed)
        elif name.startswith("rejections") and name.endswith(".jsonl"):
            changed += _erase_reasons(url, is_removed)
        elif name.startswith("crawl-") and name.endswith(".log"):
            filesystem.rm_file(join(path, name))
            changed += 1
    _put_summary_right(folder)
    return changed


def _erase_index(url: str, is_removed: IsRemoved) -> bool:
    filesystem, path = arrow_filesystem(url)
    rows = pq.read_table(path, filesystem=filesystem)
    gone = pa.array([is_removed(page) for page in rows["url"].to_pylist()], pa.bool_())
    if not pc.any(gone).as_py():
        return False
    buffer = pa.BufferOutputStream()
    pq.write_table(rows.filter(pc.invert(gone)), buffer)
    write_bytes_atomic(url, buffer.getvalue().to_pybytes())
    return True


def _erase_reasons(url: str, is_removed: IsRemoved) -> bool:
    lines = read_bytes(url).splitlines(keepends=True)
    kept = [line for line in lines if not is_removed(json.loads(line)["url"])]
    if len(kept) == len(lines):
        return False
    write_bytes_atomic(url, b"".join(kept))
    return True


def _put_summary_right(folder: str) -> None:
    summary = read_summary(folder)
    if summary is None or not summary.index:
        return
    filesystem, path = arrow_filesystem(join(folder, summary.index))
    pages = int(pq.read_metadata(path, filesystem=filesystem).num_rows)
    rejected = len(read_bytes(join(folder, summary.rejections)).splitlines())
    if (pages, rejected) != (summary.pages, summary.rejected):
        write_summary(folder, replace(summary, pages=pages, rejected=rejected))
