"""Removes documents and images from a dataset: from all versions of its tables, and all that it keeps."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc

from pipeline.crawl.removal import erase_crawls
from pipeline.crawl.removed import RemovedPages
from pipeline.recipe import CleanSettings
from pipeline.removal import columns
from pipeline.removal.archives import erase_records
from pipeline.removal.find import Concerned, find_concerned
from pipeline.removal.tombstones import (
    Tombstones,
    add_tombstones,
    marks_of,
    marks_of_pages,
    read_targets,
    read_tombstones,
)
from storage.erasing import erase, put_right, stored_tables
from storage.filesystem import exists, join, open_filesystem

_NAMES_OF_IMAGES = (columns.IMAGE_ID, columns.IMAGE_URL, columns.CANDIDATES)
_READ_AT_ONCE = 1 << 20


@dataclass(frozen=True)
class Removed:
    """How many documents and images a removal found, and how many files it changed or deleted."""

    documents: int
    images: int
    files: int


def apply_removals(dataset: str, settings: CleanSettings) -> None:
    """Remove what a recipe asks for, unless it is removed already.

    Raises:
        LooseleafError: if its list cannot be read.
    """
    listed = settings.removals or ()
    targets = read_targets(listed) if isinstance(listed, str) else listed
    if marks_of(targets) - read_tombstones(dataset).marks:
        remove(dataset, targets)


def remove(dataset: str, targets: Sequence[str]) -> Removed:
    """Remove documents and images from every version that a dataset keeps, and from its later builds.

    Rows leave the tables' files (and the staging tables'), a document's page leaves the web archives, files
    leave unpacked archives, packed shards are deleted: `mine` packs them again. What was trained or exported
    before is not reached.

    Args:
        dataset: path or URL.
        targets: see `pipeline.removal.tombstones.marks_of`.

    Raises:
        LooseleafError: if a target cannot be understood.
    """
    # First the tombstones: whatever breaks off, a build that runs next brings nothing back.
    tombstones = add_tombstones(dataset, marks_of(targets))
    concerned = find_concerned(dataset, tombstones)
    # A crawl knows pages by their addresses, whatever they were removed by.
    tombstones = add_tombstones(dataset, marks_of_pages(concerned.addresses))
    files = 0

    def change(rows: pa.Table) -> pa.Table:
        return _without(rows, concerned, tombstones)

    for table in stored_tables(dataset):
        files += erase(dataset, table, columns.ALL, change)

    def removed_of(source: str) -> Callable[[str], bool]:
        pages = RemovedPages(source, tombstones)
        return lambda url: url in concerned.addresses or pages.has(url)

    files += erase_crawls(dataset, removed_of)
    is_removed = removed_of("")
    files += erase_records(join(dataset, "unpacked"), lambda url: url is not None and is_removed(url))
    files += _delete_files(join(dataset, "unpacked"), concerned, tombstones)
    files += _delete_folder(join(dataset, "shards")) + _delete_leftovers(dataset)
    put_right(dataset)
    return Removed(len(concerned.documents), len(concerned.images), files)


def _without(rows: pa.Table, concerned: Concerned, tombstones: Tombstones) -> pa.Table:
    """Return what remains of rows: without those about what is removed, and without its name in others.

    What a row is about is told by its columns.
    """
    gone = pa.array([False] * rows.num_rows, pa.bool_())
    names = set(rows.column_names)
    for column, ids in (
        *((column, concerned.documents) for column in columns.DOCUMENT_IDS),
        *((column, concerned.groups) for column in columns.GROUP_IDS),
        # Of two documents with the same bytes one may stay: its own id tells.
        *((column, concerned.contents) for column in columns.CONTENT_IDS if "doc_id" not in names),
        *((column, concerned.addresses) for column in columns.ADDRESSES),
    ):
        if column in names:
            gone = pc.or_(gone, _within(rows[column], ids))
    for column in names.intersection(columns.ADDRESSES):
        gone = pc.or_(gone, _having_address(rows[column], tombstones))
    if columns.UNIT_ID in names:
        units = [_concerns(unit, unit_id, concerned, tombstones) for unit, unit_id in _units(rows)]
        gone = pc.or_(gone, pa.array(units, pa.bool_()))
    if columns.mentions_images(names):
        # The place where it stood stays, without a name: an image inside a document has no other.
        return _without_names(rows.filter(pc.invert(gone)), concerned, tombstones)
    if columns.IMAGE_ID in names:
        gone = pc.or_(gone, _within(rows[columns.IMAGE_ID], concerned.images))
    if columns.IMAGE_URL in names:
        gone = pc.or_(gone, _within(rows[columns.IMAGE_URL], concerned.image_urls))
        gone = pc.or_(gone, _having_address(rows[columns.IMAGE_URL], tombstones))
    return rows.filter(pc.invert(gone))


def _without_names(rows: pa.Table, concerned: Concerned, tombstones: Tombstones) -> pa.Table:
    names = [name for name in _NAMES_OF_IMAGES if name in rows.column_names]
    lost = pa.array([False] * rows.num_rows, pa.bool_())
    if columns.IMAGE_ID in names:
        lost = pc.or_(lost, _within(rows[columns.IMAGE_ID], concerned.images))
    for name in names[1:]:
        values = ([value] if isinstance(value, str) else value for value in rows[name].to_pylist())
        named = [tombstones.has_address(*(value or ())) for value in values]
        lost = pc.or_(lost, pa.array(named, pa.bool_()))
    for name in names:
        field = rows.schema.field(name)
        left = pc.if_else(lost, pa.scalar(None, field.type), rows[name])
        rows = rows.set_column(rows.schema.get_field_index(name), field, left)
    return rows


def _having_address(column: pa.ChunkedArray, tombstones: Tombstones) -> pa.Array:
    return pa.array([tombstones.has_address(url) for url in column.to_pylist()], pa.bool_())


def _units(rows: pa.Table) -> zip[tuple[str | None, str | None]]:
    return zip(rows["unit"].to_pylist(), rows["unit_id"].to_pylist(), strict=True)


def _concerns(unit: str | None, unit_id: str | None, concerned: Concerned, tombstones: Tombstones) -> bool:
    """Say whether a rejected unit is one that is removed."""
    if unit_id is None:
        return False
    if unit == "element":
        # Of what a reader left out, the document's id alone is written down.
        return unit_id in concerned.documents or unit_id.rpartition("#")[0] in concerned.documents
    if unit == "image_url":
        return unit_id in concerned.image_urls or tombstones.has_address(unit_id)
    if unit == "page":
        return unit_id in concerned.addresses or tombstones.has_address(unit_id)
    return unit_id in concerned.documents or unit_id in concerned.images or unit_id in concerned.groups


def _within(column: pa.ChunkedArray, ids: Collection[str]) -> pa.Array:
    found = pc.is_in(column, value_set=pa.array(sorted(ids), pa.string()))
    return found.combine_chunks() if isinstance(found, pa.ChunkedArray) else found


def _delete_files(folder: str, concerned: Concerned, tombstones: Tombstones) -> int:
    """Delete the files of unpacked archives whose bytes are those of a removed document or image."""
    hashes = concerned.contents | concerned.images
    filesystem, path = open_filesystem(folder)
    found = filesystem.find(path) if filesystem.exists(path) else []
    deleted = 0
    for name in found:
        digest = hashlib.sha256()
        with filesystem.open(name, "rb") as file:
            while piece := file.read(_READ_AT_ONCE):
                digest.update(piece)
        if digest.hexdigest() in hashes or tombstones.has_id(digest.hexdigest()):
            filesystem.rm_file(name)
            deleted += 1
    return deleted


def _delete_folder(folder: str) -> int:
    """Delete packed shards: they are a cache, and any may hold what is removed."""
    if not exists(folder):
        return 0
    filesystem, path = open_filesystem(folder)
    count = len(filesystem.find(path))
    filesystem.rm(path, recursive=True)
    return count


def _delete_leftovers(dataset: str) -> int:
    """Delete half-written files that a killed stage left beside the tables."""
    filesystem, _ = open_filesystem(dataset)
    deleted = 0
    for table in stored_tables(dataset):
        _, path = open_filesystem(join(dataset, table))
        for entry in filesystem.ls(path, detail=False):
            if str(entry).endswith(".tmp"):
                filesystem.rm_file(entry)
                deleted += 1
    return deleted
