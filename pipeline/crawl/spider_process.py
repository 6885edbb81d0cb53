"""A crawl as a process of its own: `python -m pipeline.crawl.spider_process settings.json`.

Twisted's reactor runs once in a process and wants the main thread: a flow or a worker cannot share its own.
"""

from __future__ import annotations

import fcntl
import os
import sys
import threading
import time
from pathlib import Path

from pipeline.crawl.folder import CrawlSummary, write_summary
from pipeline.crawl.pages import REJECTIONS, NotKeptWriter, PageWriter
from pipeline.crawl.settings import CrawlSettings, scrapy_settings
from pipeline.network.guard import AddressGuard, guard_whole_process

_LOCK = ".lock"


def crawl(settings: CrawlSettings) -> CrawlSummary:
    """Crawl into the settings' folder, which is emptied first, and mark it as finished.

    Raises:
        OSError: if a page could not be written; the folder is then not marked.
    """
    # Twisted takes hold of getaddrinfo when it is imported: the guard has to be there before.
    guard = AddressGuard.allowing(settings.allow_private)
    guard_whole_process(guard)
    from scrapy.crawler import CrawlerProcess  # noqa: PLC0415

    from pipeline.crawl.spider import PageSpider  # noqa: PLC0415

    began = time.monotonic()
    folder = Path(settings.folder)
    _remove_leftovers(folder)
    pages, not_kept = PageWriter(folder, settings.agent), NotKeptWriter(folder)
    process = CrawlerProcess(scrapy_settings(settings))
    crawler = process.create_crawler(PageSpider)
    process.crawl(crawler, crawl=settings, pages=pages, not_kept=not_kept, guard=guard)
    process.start()
    pages.close()
    rejected = not_kept.close()
    spider = crawler.spider
    assert isinstance(spider, PageSpider)
    if spider.write_error is not None:
        raise spider.write_error
    finished = str(crawler.stats.get_value("finish_reason"))
    if finished == "shutdown":
        raise InterruptedError("the crawl was told to stop before its end")
    summary = CrawlSummary(
        pages=spider.kept,
        rejected=rejected,
        seconds=round(time.monotonic() - began, 3),
        finished=finished,
        warc=tuple(pages.names),
        rejections=REJECTIONS,
    )
    write_summary(settings.folder, summary)
    return summary


def _remove_leftovers(folder: Path) -> None:
    """Empty the folder of a crawl that did not end."""
    for path in folder.iterdir():
        if path.name.startswith("pages-") or path.name in (REJECTIONS, "done.json"):
            path.unlink()


def _end_with_parent() -> None:
    """End at once when the parent does, however it does: its end of our standard input is then closed."""
    # Not through sys.stdin: its lock would be held when the interpreter shuts down.
    while os.read(0, 1024):
        pass
    os._exit(1)


def main() -> None:
    """Read the settings and crawl."""
    settings = CrawlSettings.model_validate_json(Path(sys.argv[1]).read_bytes())
    threading.Thread(target=_end_with_parent, daemon=True).start()
    with (Path(settings.folder) / _LOCK).open("w") as lock:
        # A crawl whose parent was killed may live for another moment: wait until it is gone.
        fcntl.flock(lock, fcntl.LOCK_EX)
        crawl(settings)


if __name__ == "__main__":
    main()
