"""What the cleaning rules look at: statistics of documents, images and references, before any decision."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import pyarrow.compute as pc

from pipeline.clean.database import load_table

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

_DOCUMENTS = ["doc_id", "source", "path", "text_hash", "n_words"]
_IMAGES = ["image_id", "width", "height", "contrast"]

# An address is one reference, however often it stands in documents.
_IMAGE_URLS = """
    CREATE TABLE image_urls AS
    SELECT image_url, min(image_id) AS image_id, min(source) AS source
    FROM elements LEFT JOIN documents USING (doc_id)
    GROUP BY image_url
"""
_DROPPED = """
    CREATE TABLE dropped AS SELECT DISTINCT unit, unit_id FROM rejections
    WHERE unit IN ('document', 'image') AND unit_id IS NOT NULL
"""
# Documents that were dropped do not count: copies of a document must not make its images look like logos.
_IMAGE_MEASURES = """
    CREATE TABLE image_measures AS
    WITH kept AS (
        SELECT doc_id FROM documents
        WHERE doc_id NOT IN (SELECT unit_id FROM dropped WHERE unit = 'document')
    ), holders AS (
        SELECT image_urls.image_id, min(image_urls.source) AS source,
               count(DISTINCT kept.doc_id) AS kept_documents
        FROM image_urls JOIN elements USING (image_url, image_id) LEFT JOIN kept USING (doc_id)
        GROUP BY image_urls.image_id
    ), sizes AS (
        SELECT image_id, min(least(width, height)) AS min_side, max(greatest(width, height)) AS max_side,
               max(contrast) AS contrast
        FROM images GROUP BY image_id
    )
    SELECT image_id AS unit_id, source, min_side, max_side, contrast,
           max_side / greatest(min_side, 1) AS aspect, coalesce(kept_documents, 0) AS kept_documents
    FROM sizes LEFT JOIN holders USING (image_id)
"""


def load_measures(connection: DuckDBPyConnection, dataset: str, names: Mapping[str, Sequence[str]]) -> None:
    """Make the tables `documents`, `elements` (images alone), `image_urls` and `dropped` (by earlier stages).

    Args:
        connection: the database.
        dataset: path or URL.
        names: the files to read, by table.
    """
    images = (pc.field("kind") == "image") & pc.field("image_url").is_valid()
    load_table(connection, dataset, "documents", names["documents"], _DOCUMENTS)
    load_table(
        connection,
        dataset,
        "elements",
        names["elements"],
        ["doc_id", "kind", "image_url", "image_id"],
        only=images,
    )
    load_table(connection, dataset, "images", names["images"], _IMAGES)
    load_table(connection, dataset, "rejections", names["rejections"], ["unit", "unit_id"])
    connection.execute(_IMAGE_URLS)
    connection.execute(_DROPPED)


def measure_images(connection: DuckDBPyConnection) -> None:
    """Make the table `image_measures`; documents in `dropped` count as dropped."""
    connection.execute(_IMAGE_MEASURES)
