"""What the columns of a table name: rows are erased by their columns, so that a new table is covered."""

from __future__ import annotations

from collections.abc import Collection

#: Columns with the ids of documents, of groups, of the bytes of documents; addresses of documents.
DOCUMENT_IDS = ("doc_id", "negative_doc_id")
GROUP_IDS = ("group_id", "negative_group_id")
CONTENT_IDS = ("content_hash",)
ADDRESSES = ("uri", "url")
IMAGE_ID, IMAGE_URL, CANDIDATES = "image_id", "image_url", "image_candidates"
#: `unit` says which of those a `unit_id` is.
UNIT, UNIT_ID = "unit", "unit_id"
ALL = (
    *DOCUMENT_IDS, *GROUP_IDS, *CONTENT_IDS, *ADDRESSES, IMAGE_ID, IMAGE_URL, CANDIDATES, UNIT, UNIT_ID,
)  # fmt: skip


def mentions_images(names: Collection[str]) -> bool:
    """Say whether a row with these columns is about a place in a document, and an image one of its facts."""
    return "doc_id" in names and IMAGE_URL in names
