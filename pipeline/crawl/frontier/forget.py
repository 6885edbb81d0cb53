"""Takes URLs out of a frontier as if they had never been found."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from pipeline.crawl.frontier.database import Database, lock_crawl
from pipeline.crawl.frontier.entries import pack_links, unpack_links
from pipeline.crawl.frontier.schema import ROBOTS

_ROWS_AT_A_TIME = 1000


IsRemoved = Callable[[str], bool]


def knows_any(database: Database, is_removed: IsRemoved) -> bool:
    """Say whether the frontier holds a removed URL, as one of its own or as one that another leads to."""
    return any(
        is_removed(url) or _shortened(kind, payload, is_removed) for url, kind, payload in _rows(database)
    )


def forget_urls(database: Database, is_removed: IsRemoved) -> None:
    """Delete the URLs that are removed, and take them out of what other pages and sitemaps lead to.

    Their records' bytes are not touched. No process may be crawling. A robots.txt stays as long as URLs are
    governed by it.
    """
    gone: list[str] = []
    shorter: list[tuple[bytes, str]] = []
    for url, kind, payload in _rows(database):
        if is_removed(url):
            gone.append(url)
        elif (left := _shortened(kind, payload, is_removed)) is not None:
            shorter.append((left, url))
    with database.transaction():
        lock_crawl(database)
        database.run_many("UPDATE urls SET payload = ? WHERE url = ?", shorter)
        for url in gone:
            _forget(database, url)
        database.run_many(
            "DELETE FROM urls WHERE url = ? AND kind = 'robots' "
            "AND NOT EXISTS (SELECT 1 FROM urls q WHERE q.robots = urls.url AND q.url <> urls.url)",
            [(url,) for url in gone],
        )
        # Also hosts, which a removal of all of a site would otherwise leave named.
        database.run("DELETE FROM hosts WHERE NOT EXISTS (SELECT 1 FROM urls u WHERE u.host = hosts.host)")
    database.compact()


def _rows(database: Database) -> Iterator[tuple[str, str, bytes | None]]:
    after = ""
    while rows := database.run(
        "SELECT url, kind, payload FROM urls WHERE url > ? ORDER BY url LIMIT ?", (after, _ROWS_AT_A_TIME)
    ):
        yield from ((str(url), str(kind), payload) for url, kind, payload in rows)
        after = rows[-1][0]


def _shortened(kind: str, payload: bytes | None, is_removed: IsRemoved) -> bytes | None:
    """Return a list of links without those that are removed; None if there are none of them in it."""
    links = [] if kind == ROBOTS else unpack_links(payload, 0)
    kept = [link for link in links if not is_removed(link.url)]
    return pack_links(kept) if len(kept) < len(links) else None


def _forget(database: Database, url: str) -> None:
    kept = database.run(
        "DELETE FROM urls WHERE url = ? AND kind <> 'robots' "
        "RETURNING CASE WHEN kind = 'page' AND state = 'done' AND warc IS NOT NULL "
        "AND round = (SELECT round FROM crawl) THEN 1 ELSE 0 END",
        (url,),
    )
    if kept and kept[0][0]:
        database.run("UPDATE crawl SET pages = pages - 1")
