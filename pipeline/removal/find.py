"""Finds what a removal concerns: documents, images, and the groups that hold them, in every version kept."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from pipeline.network.addresses import normal_url
from pipeline.removal.columns import mentions_images
from pipeline.removal.tombstones import Tombstones
from storage.erasing import stored_columns, stored_tables

_IMAGES = ("doc_id", "image_id", "image_url", "image_candidates")


@dataclass(frozen=True)
class Concerned:
    """Ids of what has to go; `holders` are the documents that remain without some of their images."""

    documents: frozenset[str]
    addresses: frozenset[str]  # of those documents
    contents: frozenset[str]  # sha256 of their bytes
    images: frozenset[str]
    image_urls: frozenset[str]  # of images that none but those documents name, whether or not they were had
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
    images = set[str]()
    theirs, elsewhere = set[str](), set[str]()
    their_urls, other_urls = set[str](), set[str]()
    for table in stored_tables(dataset):
        for row in _rows(dataset, table, _IMAGES):
            image_id = row.get("image_id")
            urls = _addresses(row)
            if image_id is not None and (tombstones.has_id(image_id) or tombstones.has_address(*urls)):
                images.add(image_id)
            if mentions_images(row):
                is_theirs = row["doc_id"] in documents
                (their_urls if is_theirs else other_urls).update(urls)
                if image_id is not None:
                    (theirs if is_theirs else elsewhere).add(image_id)
    images |= theirs - elsewhere
    image_urls = their_urls - other_urls
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
    return Concerned(*map(frozenset, (documents, addresses, contents, images, image_urls, holders, groups)))


def _addresses(row: dict[str, Any]) -> set[str]:
    """Return the addresses of an image, as they are written and as they are asked for."""
    written = {url for url in (row.get("image_url"), *(row.get("image_candidates") or ())) if url}
    return written | {normal_url(url) for url in written}


def _rows(dataset: str, table: str, columns: tuple[str, ...]) -> Iterator[dict[str, Any]]:
    for rows in stored_columns(dataset, table, columns):
        for batch in rows.to_batches(8192):
            yield from batch.to_pylist()
