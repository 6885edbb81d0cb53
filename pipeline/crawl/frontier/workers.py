"""The processes that share a frontier: their leases, and what happens when one is gone."""

from __future__ import annotations

from pipeline.crawl.frontier.admit import queue_expired_robots
from pipeline.crawl.frontier.database import Database, lock_crawl

_HAS_WORK = "EXISTS (SELECT 1 FROM urls u WHERE u.host = hosts.host AND u.state IN ('queued', 'asking'))"
_OWNED_BY = "(SELECT host FROM hosts WHERE worker = ?)"


def renew_leases(database: Database, worker: str, lease: float, delay: float) -> int:
    """Say that a process is alive, give up its hosts that are done, and free those of dead processes.

    A robots.txt that is out of date is queued again.

    Args:
        database: the frontier.
        worker: the process.
        lease: seconds until it counts as dead, if it is not heard of.
        delay: seconds between two requests to one host, at least.

    Returns:
        How many hosts it may own: its share of those that have something to ask. What it has beyond that is
        given up as soon as nothing is in flight there.
    """
    with database.transaction():
        lock_crawl(database)
        now = database.now()
        queue_expired_robots(database, now)
        database.run(
            "INSERT INTO workers VALUES (?, ?) "
            "ON CONFLICT (name) DO UPDATE SET alive_until = excluded.alive_until",
            (worker, now + lease),
        )
        database.run("UPDATE hosts SET lease_until = ? WHERE worker = ?", (now + lease, worker))
        database.run(
            f"UPDATE hosts SET worker = NULL WHERE worker = ? AND NOT {_HAS_WORK}",  # noqa: S608
            (worker,),
        )
        gone = database.run(
            "SELECT DISTINCT worker FROM hosts WHERE worker IS NOT NULL AND lease_until < ?", (now,)
        )
        for (name,) in gone:
            _release(database, str(name), now, delay)
        share = _share(database, now)
        database.run(
            "UPDATE hosts SET worker = NULL WHERE host IN (SELECT host FROM hosts WHERE worker = ? AND NOT "
            "EXISTS (SELECT 1 FROM urls u WHERE u.host = hosts.host AND u.state = 'asking') "
            "ORDER BY next_at DESC LIMIT (SELECT CASE WHEN count(*) > ? THEN count(*) - ? ELSE 0 END "
            "FROM hosts WHERE worker = ?))",
            (worker, share, share, worker),
        )
        return share


def _share(database: Database, now: float) -> int:
    ((processes,),) = database.run("SELECT count(*) FROM workers WHERE alive_until >= ?", (now,))
    ((hosts,),) = database.run(f"SELECT count(*) FROM hosts WHERE {_HAS_WORK}")  # noqa: S608
    return max(1, -(-int(hosts) // int(processes)))


def take_over(database: Database, worker: str, delay: float) -> None:
    """Give back what an earlier process of this name held; it is known to be gone."""
    with database.transaction():
        lock_crawl(database)
        _release(database, worker, database.now(), delay)


def _release(database: Database, worker: str, now: float, delay: float) -> None:
    # The dead process may have sent a request at its last moment: its host's delay counts from now.
    database.run(
        "UPDATE hosts SET next_at = (CASE WHEN next_at > ? THEN next_at ELSE ? END) + "
        "(CASE WHEN delay > ? THEN delay ELSE ? END) "
        "WHERE worker = ? AND EXISTS (SELECT 1 FROM urls u WHERE u.host = hosts.host AND u.state = 'asking')",
        (now, now, delay, delay, worker),
    )
    database.run(
        f"UPDATE urls SET state = 'queued', claim = NULL WHERE state = 'asking' AND host IN {_OWNED_BY}",  # noqa: S608
        (worker,),
    )
    database.run("UPDATE hosts SET worker = NULL WHERE worker = ?", (worker,))
