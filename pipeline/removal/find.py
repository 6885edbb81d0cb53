"""Finds what a removal concerns: documents, images, and the groups that hold them, in every version kept."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from pipeline.removal.tombstones import Tombstones
from storage.erasing import stored_columns

#: Tables, beside staging, in which an address and the id of an image stand side by side.
_ADDRESSED = ("elements", "staging/read_elements", "image_fetches", "staging/locations")
_IDENTIFIED = ("images", "staging/blobs")


@dataclass(frozen=True)
class Concerned:
    """Ids of what has to go; `holders` are the documents that remain without some of their images."""

    documents: frozenset[str]
    addresses: frozenset[str]  # of those documents
    contents: frozenset[str]  # sha256 of their bytes
    images: frozenset[str]
    holders: frozenset[str]
    groups: frozenset[str]


def find_concerned(dataset: str, tombstones: Tombstones) -> Concerned:
    """Look through every file on disk for what the tombstones name.

    With a document go those of its images that no other document holds.
    """
    documents, addresses, contents = set[str](), set[str](), set[str]()
    for row in _rows(dataset, "documents", ("doc_id", "uri", "content_hash")):
        if tombstones.has_id(row["doc_id"], row["content_hash"]) or tombstones.has_address(row["uri"]):
            documents.add(row["doc_id"])
            addresses.add(row["uri"] or "")
            contents.add(row["content_hash"] or "")
    images, theirs, elsewhere = set[str](), set[str](), set[str]()
    for table in _ADDRESSED:
        for row in _rows(dataset, table, ("doc_id", "image_id", "image_url", "image_candidates")):
            image_id = row["image_id"]
            if image_id is None:
                continue
            if tombstones.has_id(image_id) or tombstones.has_address(
                row["image_url"], *(row.get("image_candidates") or ())
            ):
                images.add(image_id)
            if "doc_id" in row:
                (theirs if row["doc_id"] in documents else elsewhere).add(image_id)
    for table in _IDENTIFIED:
        images |= {
            row["image_id"]
            for row in _rows(dataset, table, ("image_id",))
            if tombstones.has_id(row["image_id"])
        }
    images |= theirs - elsewhere
    holders = {
        row["doc_id"]
        for row in _rows(dataset, "elements", ("doc_id", "image_id"))
        if row["image_id"] in images
    } - documents
    groups = {
        row["group_id"]
        for row in _rows(dataset, "groups", ("group_id", "doc_id"))
        if row["doc_id"] in documents or row["doc_id"] in holders
    }
    return Concerned(*map(frozenset, (documents, addresses, contents, images, holders, groups)))


def _rows(dataset: str, table: str, columns: tuple[str, ...]) -> Iterator[dict[str, Any]]:
    for rows in stored_columns(dataset, table, columns):
        for batch in rows.to_batches(8192):
            yield from batch.to_pylist()
