"""How the fetching of images went, host by host."""

from __future__ import annotations

from typing import Any

from pipeline.clean.database import file_names, load_table, open_database
from pipeline.stage import Context

_HOSTS = 50
_COLUMNS = ("image_url", "outcome", "attempt", "round", "tried_at")
_ACCOUNT = """
    WITH last AS (
        SELECT regexp_extract(image_url, '^https?://(?:[^/?#@]*@)?([^/?#]*)', 1) AS host,
               arg_max(outcome, (round, tried_at, attempt)) AS outcome, count(*) AS tries
        FROM image_fetches WHERE tried_at IS NOT NULL GROUP BY image_url
    )
    SELECT host, count(*) AS images, sum(tries)::BIGINT AS tries,
           count(*) FILTER (outcome = 'ok') AS had, count(*) FILTER (outcome = 'failed') AS failed,
           count(*) FILTER (outcome = 'refused') AS refused,
           count(*) FILTER (outcome = 'opted_out') AS opted_out,
           count(*) FILTER (outcome = 'deferred') AS deferred
    FROM last GROUP BY host ORDER BY images DESC, host LIMIT $most
"""


def account_of_hosts(context: Context) -> dict[str, Any]:
    """Return for each host (the 50 with most images) what came of its images, and the share that was had."""
    with open_database() as database:
        names = file_names(context.dataset, "image_fetches")
        load_table(database, context.dataset, "image_fetches", names, _COLUMNS)
        rows = database.execute(_ACCOUNT, {"most": _HOSTS})
        columns = [column[0] for column in rows.description or ()]
        hosts = [dict(zip(columns, row, strict=True)) for row in rows.fetchall()]
    return {"hosts": [host | {"success": host["had"] / host["images"]} for host in hosts]}
