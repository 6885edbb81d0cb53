"""A crawl as a process of its own: `python -m pipeline.crawl.spider_process settings.json`.

Twisted's reactor runs once in a process and wants the main thread: a flow or a worker cannot share its own.
Several such processes with the same settings share the crawl.
"""

from __future__ import annotations

import fcntl
import os
import socket
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from pipeline.crawl.settings import CrawlSettings, scrapy_settings
from pipeline.network.guard import AddressGuard, guard_whole_process

if TYPE_CHECKING:
    from scrapy.crawler import Crawler

_POLL_SECONDS = 0.05


def crawl(settings: CrawlSettings, worker: str) -> None:
    """Crawl as `worker` until the frontier has nothing left.

    Raises:
        OSError: if a page could not be written.
        InterruptedError: if it was told to stop before its end.
    """
    # Twisted takes hold of getaddrinfo when it is imported: the guard has to be there before.
    guard = AddressGuard.allowing(settings.allow_private)
    guard_whole_process(guard)
    from scrapy.crawler import CrawlerProcess  # noqa: PLC0415

    from pipeline.crawl.conductor import Conductor  # noqa: PLC0415
    from pipeline.crawl.download import Downloader  # noqa: PLC0415
    from pipeline.crawl.frontier.database import open_database  # noqa: PLC0415
    from pipeline.crawl.frontier.workers import take_over  # noqa: PLC0415
    from pipeline.crawl.judge import RobotsJudge  # noqa: PLC0415
    from pipeline.crawl.kinds import suffixes_not_wanted  # noqa: PLC0415
    from pipeline.crawl.links import LinkFinder  # noqa: PLC0415
    from pipeline.crawl.outcome import Reading  # noqa: PLC0415
    from pipeline.crawl.pages import PageWriter  # noqa: PLC0415
    from pipeline.crawl.spider import PageSpider  # noqa: PLC0415

    folder = Path(settings.folder)
    database = open_database(settings.frontier, folder, settings.name)
    take_over(database, worker, settings.delay)
    pages = PageWriter(folder, worker, settings.agent, database)
    finder = LinkFinder(
        settings.scope, suffixes_not_wanted(settings.kinds), drop_tracking=settings.drop_tracking
    )
    reading = Reading(
        scope=settings.scope,
        kinds=settings.kinds,
        finder=finder,
        retries=settings.retries,
        max_depth=settings.max_depth,
        sitemaps=settings.sitemaps,
        drop_tracking=settings.drop_tracking,
        removed=settings.removed,
    )
    failures: list[BaseException] = []

    async def work(crawler: Crawler) -> None:
        conductor = Conductor(
            database=database,
            worker=worker,
            limits=settings.limits,
            judge=RobotsJudge(settings.agent),
            reading=reading,
            pages=pages,
            downloader=Downloader(crawler, guard, settings.timeout),
            max_bytes=settings.max_bytes,
        )
        try:
            await conductor.run()
        except Exception as error:
            # Scrapy would log it, and end as if all were well.
            failures.append(error)
            raise

    process = CrawlerProcess(scrapy_settings(settings))
    crawler = process.create_crawler(PageSpider)
    process.crawl(crawler, work=work)
    process.start()
    pages.close()
    database.close()
    if failures:
        raise failures[0]
    if not isinstance(crawler.spider, PageSpider) or not crawler.spider.finished:
        raise InterruptedError("the crawl was told to stop before its end")


@contextmanager
def own_slot(folder: Path, processes: int) -> Iterator[str]:
    """Hold one of the crawl's slots on this machine, and give its name.

    The system frees a slot when its process ends, however it ends. So who gets it knows that what was asked
    under its name is asked no more. All slots are held for a moment when a parent was killed: wait.
    """
    while True:
        for number in range(processes):
            with (folder / f".slot-{number}").open("w") as lock:
                try:
                    fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                except BlockingIOError:
                    continue
                yield f"{_machine()}-{number}"
                return
        time.sleep(_POLL_SECONDS)


def _machine() -> str:
    return "".join(c if c.isalnum() else "-" for c in socket.gethostname()) or "machine"


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
    with own_slot(Path(settings.folder), settings.processes) as worker:
        crawl(settings, worker)


if __name__ == "__main__":
    main()
