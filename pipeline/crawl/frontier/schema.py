"""The frontier's tables, in SQL that SQLite and Postgres both understand."""

from __future__ import annotations

#: `urls.state`
QUEUED, ASKING, DONE = "queued", "asking", "done"
#: `urls.kind`
PAGE, ROBOTS, SITEMAP = "page", "robots", "sitemap"

TABLES = (
    # One row: the crawl. A round is one pass over the sites; the first one fetches, later ones refresh.
    """
    CREATE TABLE IF NOT EXISTS crawl (
        id BIGINT PRIMARY KEY,
        round BIGINT NOT NULL,
        started DOUBLE PRECISION NOT NULL,  -- of the round, seconds since 1970, as all times here
        numbers BIGINT NOT NULL,            -- URLs admitted so far: the order within a depth
        pages BIGINT NOT NULL,              -- kept in this round
        bytes BIGINT NOT NULL               -- of bodies transferred in this round
    )
    """,
    # One row: a URL that was ever found. Its record stays through later rounds until it changes or is gone.
    """
    CREATE TABLE IF NOT EXISTS urls (
        url TEXT PRIMARY KEY,
        kind TEXT NOT NULL,                 -- page, robots, sitemap
        host TEXT NOT NULL,
        robots TEXT NOT NULL,               -- the URL of the robots.txt that governs it
        round BIGINT NOT NULL,              -- the last one in which it was found
        state TEXT NOT NULL,                -- queued, asking, done
        depth BIGINT NOT NULL,              -- links from a start URL; robots.txt and sitemaps before any page
        hops BIGINT NOT NULL,               -- redirects that led here
        number BIGINT NOT NULL,
        attempts BIGINT NOT NULL,           -- failed ones of this round
        not_before DOUBLE PRECISION NOT NULL,
        claim TEXT,                         -- random: who holds it may settle it
        status BIGINT,                      -- of the last answer
        rule TEXT,                          -- why nothing (new) was kept
        value DOUBLE PRECISION,
        threshold DOUBLE PRECISION,
        detail TEXT,
        payload BYTEA,                      -- deflated: a page's links, a sitemap's entries, a robots.txt
        etag TEXT,
        modified TEXT,
        lastmod DOUBLE PRECISION,           -- what a sitemap says
        checked DOUBLE PRECISION,           -- when the record was last known to be current
        expires DOUBLE PRECISION,           -- of a robots.txt
        warc TEXT,
        record_at BIGINT,                   -- bytes
        record_bytes BIGINT,
        record_number BIGINT,               -- within its file, from 0
        media_type TEXT,
        digest TEXT                         -- sha256 of the body
    )
    """,
    "CREATE INDEX IF NOT EXISTS urls_queue ON urls (host, state, depth, number)",
    "CREATE INDEX IF NOT EXISTS urls_state ON urls (state)",
    "CREATE INDEX IF NOT EXISTS urls_record ON urls (warc)",
    # One row: a host (and its port, where that is not the scheme's own).
    """
    CREATE TABLE IF NOT EXISTS hosts (
        host TEXT PRIMARY KEY,
        worker TEXT,                        -- the process that alone may ask it
        lease_until DOUBLE PRECISION NOT NULL,
        next_at DOUBLE PRECISION NOT NULL,  -- before that no request may begin
        delay DOUBLE PRECISION NOT NULL     -- seconds: what latency and refusals have taught
    )
    """,
    # One row: a process; it counts as alive until then.
    """
    CREATE TABLE IF NOT EXISTS workers (
        name TEXT PRIMARY KEY,
        alive_until DOUBLE PRECISION NOT NULL
    )
    """,
    # One row: a WARC file; what stands beyond `committed` was never settled.
    """
    CREATE TABLE IF NOT EXISTS warcs (
        name TEXT PRIMARY KEY,
        worker TEXT NOT NULL,
        number BIGINT NOT NULL,
        committed BIGINT NOT NULL,          -- bytes
        records BIGINT NOT NULL
    )
    """,
)
