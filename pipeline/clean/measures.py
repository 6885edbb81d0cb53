"""What was measured, as the tables of a database that the rules look at, and what decisions make of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import pyarrow.compute as pc

from pipeline.clean.database import load_table

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

#: The tables that cleaning reads, beside `rejections`.
TABLES = ("documents", "elements", "document_stats", "element_stats", "image_stats")

_DOCUMENTS = ["doc_id", "source", "path", "uri", "text_hash", "n_words"]
_REFERENCES = ["doc_id", "kind", "image_url", "image_id", "boilerplate"]
_SIZES = """
    CREATE TABLE images AS
    SELECT image_id, any_value(format) AS format, min(min_side) AS min_side, max(max_side) AS max_side,
           max(contrast) AS contrast, min(phash) AS phash
    FROM image_stats GROUP BY image_id
"""
# An address is one reference, however often it stands in documents.
_IMAGE_URLS = """
    CREATE TABLE image_urls AS
    SELECT image_url, min(image_id) AS image_id, min(source) AS source
    FROM elements LEFT JOIN documents USING (doc_id)
    WHERE kind = 'image' GROUP BY image_url
"""
_DROPPED = """
    CREATE TABLE dropped AS SELECT DISTINCT unit, unit_id FROM rejections
    WHERE unit IN ('document', 'image') AND unit_id IS NOT NULL
"""
# A paragraph of several documents is looked for within one site: a source, and of a web source one host.
_ELEMENT_MEASURES = """
    CREATE TABLE element_measures AS
    SELECT element_stats.*, element_stats.doc_id || '#' || position AS unit_id, source,
           count(*) OVER (
               PARTITION BY source, regexp_extract(uri, '^https?://([^/?#]*)', 1), element_stats.text_hash
           ) AS repeats
    FROM element_stats JOIN documents USING (doc_id)
"""
# Of a document's counts what its dropped texts had is taken off; its ratios are those of its whole text.
_DOCUMENT_MEASURES = """
    CREATE TABLE document_measures AS
    WITH lost AS (
        SELECT doc_id, sum(words) AS words FROM element_measures
        WHERE kind <> 'code' AND unit_id IN (SELECT unit_id FROM dropped WHERE unit = 'element')
        GROUP BY doc_id
    )
    SELECT documents.doc_id AS unit_id, source, greatest(n_words - coalesce(lost.words, 0), 0) AS kept_words,
           document_stats.*
    FROM documents LEFT JOIN document_stats USING (doc_id) LEFT JOIN lost USING (doc_id)
"""
# Documents that were dropped do not count: copies of a document must not make its images look like logos.
_IMAGE_MEASURES = """
    CREATE OR REPLACE TABLE image_measures AS
    WITH kept AS (
        SELECT doc_id FROM documents
        WHERE doc_id NOT IN (SELECT unit_id FROM dropped WHERE unit = 'document')
    ), holders AS (
        SELECT image_urls.image_id, min(image_urls.source) AS source,
               list(DISTINCT image_urls.image_url) AS urls, count(DISTINCT kept.doc_id) AS kept_documents
        FROM image_urls JOIN elements USING (image_url, image_id) LEFT JOIN kept USING (doc_id)
        WHERE kind = 'image' GROUP BY image_urls.image_id
    ), formulas AS (
        SELECT image_id, count(*) AS formulas FROM elements WHERE kind = 'math' GROUP BY image_id
    )
    SELECT image_id AS unit_id, source, format, min_side, max_side, contrast, phash, urls,
           max_side / greatest(min_side, 1) AS aspect, coalesce(kept_documents, 0) AS kept_documents,
           CASE WHEN holders.image_id IS NULL THEN coalesce(formulas, 0) ELSE 0 END AS formulas
    FROM images LEFT JOIN holders USING (image_id) LEFT JOIN formulas USING (image_id)
"""
_KEPT_IMAGES = """
    CREATE TABLE kept_image_counts AS
    WITH standing AS (
        SELECT elements.doc_id, count(DISTINCT elements.image_id) AS kept_images FROM elements
        WHERE kind = 'image' AND NOT coalesce(boilerplate, false)
          AND image_id IN (SELECT unit_id FROM image_measures)
          AND image_id NOT IN (SELECT unit_id FROM dropped WHERE unit = 'image')
        GROUP BY doc_id
    )
    SELECT documents.doc_id AS unit_id, source, coalesce(kept_images, 0) AS kept_images
    FROM documents LEFT JOIN standing USING (doc_id)
"""


def load_measures(connection: DuckDBPyConnection, dataset: str, names: Mapping[str, Sequence[str]]) -> None:
    """Make the tables that decisions begin with; `dropped` holds what earlier stages dropped.

    Args:
        connection: the database.
        dataset: path or URL.
        names: the files to read, by table.
    """
    image = (pc.field("kind") == "image") & pc.field("image_url").is_valid()
    formula = (pc.field("kind") == "math") & pc.field("image_id").is_valid()
    load_table(connection, dataset, "documents", names["documents"], _DOCUMENTS)
    load_table(connection, dataset, "elements", names["elements"], _REFERENCES, only=image | formula)
    for table in ("document_stats", "element_stats", "image_stats"):
        load_table(connection, dataset, table, names[table])
    load_table(connection, dataset, "rejections", names["rejections"], ["unit", "unit_id"])
    for statement in (_SIZES, _IMAGE_URLS, _DROPPED, _ELEMENT_MEASURES):
        connection.execute(statement)


def measure_documents(connection: DuckDBPyConnection) -> None:
    """Make the table `document_measures`; texts in `dropped` count as dropped."""
    connection.execute(_DOCUMENT_MEASURES)


def measure_images(connection: DuckDBPyConnection) -> None:
    """Make the table `image_measures` anew; documents in `dropped` count as dropped."""
    connection.execute(_IMAGE_MEASURES)


def count_kept_images(connection: DuckDBPyConnection) -> None:
    """Make the table `kept_image_counts`, of the images of each document that nothing dropped."""
    connection.execute(_KEPT_IMAGES)
