"""Where a crawl keeps its pages, and how one sees that it is finished."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass

from pipeline.recipe import WebSource
from storage.filesystem import exists, join, read_bytes, write_bytes_atomic

_DONE = "done.json"


@dataclass(frozen=True)
class CrawlSummary:
    """What a finished crawl left: pages kept, URLs that were not, seconds, and why it ended.

    `warc` names the WARC files and `rejections` the JSON lines of what was not, within the folder.
    """

    pages: int
    rejected: int
    seconds: float
    finished: str
    warc: tuple[str, ...]
    rejections: str


def crawl_folder(dataset: str, source: WebSource) -> str:
    """Return the folder of a source's crawl; another one when settings that shape it change."""
    settings = source.model_dump_json(exclude={"license", "family"})
    digest = hashlib.sha256(settings.encode()).hexdigest()[:16]
    return join(dataset, "warc", f"{source.name}-{digest}")


def read_summary(folder: str) -> CrawlSummary | None:
    """Return what the crawl in `folder` left, or None while it is not finished."""
    url = join(folder, _DONE)
    if not exists(url):
        return None
    values = json.loads(read_bytes(url))
    return CrawlSummary(**{**values, "warc": tuple(values["warc"])})


def write_summary(folder: str, summary: CrawlSummary) -> None:
    """Mark the crawl in `folder` as finished; comes last, after every file that the summary names."""
    write_bytes_atomic(join(folder, _DONE), json.dumps(asdict(summary), indent=1).encode())


def warc_files(folder: str) -> list[str]:
    """Return the URLs of a finished crawl's WARC files, sorted; empty while it is not finished."""
    summary = read_summary(folder)
    return [] if summary is None else [join(folder, name) for name in sorted(summary.warc)]
