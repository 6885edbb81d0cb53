"""The frontier: which URLs a crawl knows, which it may ask for now, and what came of each.

It is a database (SQLite beside the pages, or Postgres by URL), and every step is one transaction. So a crawl
that is killed at any moment goes on where it was: what was asked is asked again unless its WARC record was on
the disk *and* the frontier says so; what the frontier does not say is cut off the WARC file.
"""
