"""The images that documents name, each once."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import urlsplit

import pyarrow as pa

from pipeline.clean.database import load_stream, open_database
from storage.schemas import ELEMENTS
from storage.staging import staging_batches

_COLUMNS = ("kind", "image_url", "image_candidates", "image_id")
_AT_A_TIME = 1024


@dataclass(frozen=True)
class Reference:
    """An image as documents name it: its URL, where else it may be, its id if it stood in the document."""

    image_url: str
    candidates: tuple[str, ...]
    image_id: str | None

    @property
    def host(self) -> str:
        """The host and port to ask first; empty for what is on a filesystem or stood inside the document."""
        return "" if self.image_id else host_of(self.image_url)


def host_of(url: str) -> str:
    """Return the host and port of an http or https URL, and nothing for any other or a malformed one."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return ""
    return parts.netloc.rpartition("@")[2].lower() if parts.scheme in ("http", "https") else ""


def references(dataset: str) -> Iterator[Reference]:
    """Give each distinct image of `staging/read_elements`: those in documents, files, then host by host."""
    with open_database() as database:
        schema = pa.schema([ELEMENTS.field(name) for name in _COLUMNS])
        load_stream(database, "seen", schema, staging_batches(dataset, "read_elements", _COLUMNS))
        # Documents may list different candidates for one URL: take the smallest list, always the same.
        rows = database.execute(
            """
            SELECT image_url, min(image_candidates), max(image_id) AS id_in_document,
                   regexp_extract(image_url, '^https?://(?:[^/?#@]*@)?([^/?#]*)', 1) AS host
            FROM seen WHERE kind = 'image' AND image_url IS NOT NULL
            GROUP BY image_url ORDER BY id_in_document IS NULL, lower(host), image_url
            """
        )
        while batch := rows.fetchmany(_AT_A_TIME):
            for image_url, candidates, image_id, _ in batch:
                yield Reference(image_url, tuple(candidates or (image_url,)), image_id)
