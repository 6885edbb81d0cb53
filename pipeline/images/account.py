"""How the fetching of images went, host by host."""

from __future__ import annotations

from typing import Any

from pipeline.clean.database import file_names, load_table, open_database
from pipeline.stage import Context
from storage.queries import view_statement

_HOSTS = 50
_COLUMNS = ("image_url", "outcome", "attempt", "round", "tried_at")
_MOST = "SELECT * FROM image_hosts ORDER BY images DESC, host LIMIT $most"


def account_of_hosts(context: Context) -> dict[str, Any]:
    """Return for each host (the 50 with most images) what came of its images, and the share that was had."""
    with open_database() as database:
        names = file_names(context.dataset, "image_fetches")
        load_table(database, context.dataset, "image_fetches", names, _COLUMNS)
        database.execute(view_statement("image_hosts"))
        rows = database.execute(_MOST, {"most": _HOSTS})
        columns = [column[0] for column in rows.description or ()]
        hosts = [dict(zip(columns, row, strict=True)) for row in rows.fetchall()]
    return {"hosts": hosts}
