"""Where a crawl works: the dataset's own folder, or for a remote one a folder that outlives the process."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

from pipeline.crawl.folder import CrawlSummary, write_summary
from pipeline.crawl.frontier.database import SQLITE_FILE
from storage.filesystem import is_local, join, list_sizes, local_path, open_filesystem


def open_workplace(folder: str) -> Path:
    """Return the local folder in which the crawl of `folder` works, made if need be.

    For a remote dataset it is below `$XDG_CACHE_HOME` (or `~/.cache`): a crawl that was killed goes on there.
    On a machine that never worked on it, the frontier of the last finished round is brought from the dataset.
    """
    if is_local(folder):
        place = local_path(folder)
        place.mkdir(parents=True, exist_ok=True)
        return place
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    place = cache / "looseleaf" / "crawls" / hashlib.sha256(folder.encode()).hexdigest()[:24]
    place.mkdir(parents=True, exist_ok=True)
    if not (place / SQLITE_FILE).exists():
        _bring(folder, place)
    return place


def publish(folder: str, place: Path, summary: CrawlSummary) -> None:
    """Put what a finished round left where the dataset is, and then its summary."""
    if not is_local(folder):
        filesystem, path = open_filesystem(folder)
        there = list_sizes(folder)
        for name in (*_files(place), SQLITE_FILE):
            local = place / name
            # WARC files only grow; the frontier changes within.
            if local.exists() and (name == SQLITE_FILE or there.get(name) != local.stat().st_size):
                filesystem.put_file(str(local), join(path, name))
    write_summary(folder, summary)


def _files(place: Path) -> list[str]:
    kept = (".warc.gz", ".parquet", ".jsonl")
    return sorted(path.name for path in place.iterdir() if path.name.endswith(kept))


def _bring(folder: str, place: Path) -> None:
    filesystem, path = open_filesystem(folder)
    for name in sorted(list_sizes(folder)):
        if name == SQLITE_FILE or name.endswith(".warc.gz"):
            filesystem.get_file(join(path, name), str(place / f".{name}.part"))
            (place / f".{name}.part").replace(place / name)
