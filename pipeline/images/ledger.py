"""What earlier builds found at URLs of servers: the table `image_fetches`, read again.

What was had is not asked for again, and neither is what failed for good, or is not due yet. A failure that
may pass is asked for in the next round, by the first build that comes after its `next_try_at`.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from pipeline.clean.database import file_names, load_stream, load_table
from pipeline.images.blobs import PLACES, blob_places
from pipeline.images.tries import Answer, Try, too_large

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_COLUMNS = (
    "image_url", "image_id", "outcome", "reason", "status", "attempt", "round", "tried_at", "next_try_at",
    "opt_out",
)  # fmt: skip
#: A file has no time: of those nothing needs to be remembered, for looking again costs no one anything.
_LEDGER = """
    CREATE TABLE ledger AS
    WITH stored AS (SELECT image_id, min(file) AS file FROM blobs GROUP BY image_id), rows AS (
        SELECT DISTINCT image_url, image_id, outcome, reason, status, attempt, round,
               epoch_us(tried_at) AS tried_at, epoch_us(next_try_at) AS next_try_at, opt_out
        FROM image_fetches WHERE tried_at IS NOT NULL
    ), urls AS (
        SELECT image_url, max(round) AS round, max(image_id) AS image_id,
               arg_max({'outcome': outcome, 'next': next_try_at}, (round, tried_at, attempt)) AS last,
               to_json(list(rows ORDER BY round, tried_at, attempt)) AS tries
        FROM rows GROUP BY image_url
    )
    SELECT image_url, round, coalesce(last.next <= $now AND last.outcome <> 'ok', false) AS due, file AS blob,
           CAST(tries AS VARCHAR) AS tries
    FROM urls LEFT JOIN stored USING (image_id)
"""


@dataclass(frozen=True)
class Past:
    """What is known of a URL: the last round of asking, whether another is due, tries as JSON.

    `blob` is the file of the staging table `blobs` that holds the bytes, if they were had and are there.
    """

    image_url: str
    round: int
    due: bool
    blob: str | None
    tries: str

    @property
    def next_round(self) -> int:
        """The round of the build that reads this."""
        return self.round + 1 if self.due else self.round


def load_ledger(connection: DuckDBPyConnection, dataset: str) -> None:
    """Make the table `ledger` of the dataset's present `image_fetches`; its columns are those of `Past`."""
    load_table(connection, dataset, "image_fetches", file_names(dataset, "image_fetches"), _COLUMNS)
    load_stream(connection, "blobs", PLACES, blob_places(dataset))
    connection.execute(_LEDGER, {"now": _microseconds(now())})


def now() -> datetime:
    """Return the present time."""
    return datetime.now(UTC)


def tries_of(tries: str) -> tuple[Try, ...]:
    """Return the tries that `Past.tries` holds, oldest first."""
    return tuple(_try(values) for values in json.loads(tries))


def is_settled(last: Try, max_bytes: int) -> bool:
    """Say whether a last try still holds under the present recipe.

    What the recipe's own limits decided is decided anew: an address that was not allowed, a size.
    """
    answer = last.answer
    if answer.outcome == "refused":
        return answer.opt_out is not None
    return not (answer.reason or "").startswith("more than") or answer.reason == too_large(max_bytes).reason


def _try(values: dict[str, Any]) -> Try:
    answer = Answer(values["outcome"], values["reason"], values["status"], values["opt_out"])
    found = Try(values["image_url"], answer, values["attempt"], values["image_id"], round=values["round"])
    return replace(found, tried_at=_time(values["tried_at"]), next_try_at=_time(values["next_try_at"]))


def _time(microseconds: int | None) -> datetime | None:
    return None if microseconds is None else _EPOCH + timedelta(microseconds=microseconds)


def _microseconds(time: datetime) -> int:
    return (time - _EPOCH) // timedelta(microseconds=1)
