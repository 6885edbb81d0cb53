"""The images that documents name, each once, and what is known of them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pyarrow as pa

from pipeline.clean.database import file_names, load_stream, load_table, open_database
from pipeline.images.ledger import Past, load_ledger
from pipeline.network.addresses import host_of, normal_url
from storage.schemas import ELEMENTS
from storage.staging import staging_batches

_COLUMNS = ("doc_id", "kind", "image_url", "image_candidates", "image_id")
_KEYS: dict[str, pa.DataType] = {"key": pa.string(), "host": pa.string()}
_AT_A_TIME = 1024
#: Documents may list different candidates for one URL: take the smallest list, always the same. An image is
#: reserved if each page that names it is. Hosts take turns, about `part` images of each, so that none has to
#: wait for the limits of another; a turn ends at a name with a certain hash, so that one image more changes
#: no other turn.
_REFERENCES = """
    WITH grouped AS (
        SELECT key, any_value(host) AS host, min(image_candidates) AS candidates, max(image_id) AS image_id,
               list_sort(list_distinct(list(image_url))) AS names,
               CASE WHEN count(*) = count(opt_out) THEN min(opt_out) END AS reserved
        FROM seen LEFT JOIN documents USING (doc_id)
        WHERE kind = 'image' AND image_url IS NOT NULL GROUP BY key
    ), past AS (
        SELECT key, list(ledger ORDER BY image_url) AS past
        FROM (SELECT DISTINCT key, unnest(coalesce(candidates, [key])) AS image_url FROM grouped)
        JOIN ledger USING (image_url) GROUP BY key
    )
    SELECT names, candidates, image_id, host,
           sum((md5_number_lower(key) % $part = 0)::INT) OVER turns AS turn, reserved, past
    FROM grouped LEFT JOIN past USING (key)
    WINDOW turns AS (PARTITION BY image_id IS NULL, host ORDER BY key)
    ORDER BY image_id IS NULL, host <> '', turn, host, key
"""


@dataclass(frozen=True)
class Reference:
    """An image as documents name it.

    `names` are the spellings of its URL, `candidates` where it may be (best first, URLs of servers in their
    normal form), `image_id` its id if it stood in the document, `turn` the turn of its host, `reserved` the
    statement of the pages that reserve it, `past` what earlier builds found at its candidates.
    """

    names: tuple[str, ...]
    candidates: tuple[str, ...]
    image_id: str | None
    host: str
    turn: int
    reserved: str | None
    past: tuple[Past, ...]


def references(dataset: str, part: int) -> Iterator[Reference]:
    """Give each distinct image of `staging/read_elements`: those in documents, files, then hosts in turns.

    Args:
        dataset: path or URL.
        part: how many images of a host come one after the other, on average.
    """
    with open_database() as database:
        columns = [ELEMENTS.field(name) for name in _COLUMNS]
        schema = pa.schema([*columns, *(pa.field(name, kind) for name, kind in _KEYS.items())])
        load_stream(database, "seen", schema, _with_keys(dataset, schema))
        load_table(database, dataset, "documents", file_names(dataset, "documents"), ["doc_id", "opt_out"])
        load_ledger(database, dataset)
        rows = database.execute(_REFERENCES, {"part": part})
        while batch := rows.fetchmany(_AT_A_TIME):
            for names, candidates, image_id, host, turn, reserved, past in batch:
                known = tuple(Past(**one) for one in past or ())
                yield Reference(
                    tuple(names), tuple(candidates or names), image_id, host, int(turn), reserved, known
                )


def _with_keys(dataset: str, schema: pa.Schema) -> Iterator[pa.RecordBatch]:
    """Give the elements with the normal form of their URLs, and the host of the first."""
    for batch in staging_batches(dataset, "read_elements", _COLUMNS):
        inside = [image_id is not None for image_id in batch["image_id"].to_pylist()]
        urls = batch["image_url"].to_pylist()
        keys = [
            url if within or url is None else normal_url(url)
            for url, within in zip(urls, inside, strict=True)
        ]
        hosts = ["" if within else host_of(key or "") for key, within in zip(keys, inside, strict=True)]
        candidates = [
            one and [normal_url(url) for url in one] for one in batch["image_candidates"].to_pylist()
        ]
        columns = {name: batch[name] for name in _COLUMNS} | {
            "image_candidates": pa.array(candidates, ELEMENTS.field("image_candidates").type),
            "key": pa.array(keys, pa.string()),
            "host": pa.array(hosts, pa.string()),
        }
        yield pa.record_batch(list(columns.values()), schema=schema)
