"""Removes documents and images from a dataset: from all versions of its tables, and all that it keeps."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Sequence
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc

from pipeline.recipe import CleanSettings
from pipeline.removal.archives import erase_records
from pipeline.removal.find import Concerned, find_concerned
from pipeline.removal.tombstones import (
    Tombstones,
    add_tombstones,
    marks_of,
    read_targets,
    read_tombstones,
)
from storage.erasing import erase, put_right, stored_tables
from storage.filesystem import exists, join, open_filesystem

#: Tables in which an image's id is one of a row's facts, and not what the row is about.
_MENTIONING = ("elements", "staging/read_elements")
_NAMES_OF_IMAGES = ("image_id", "image_url", "image_candidates")
_COLUMNS = (
    "doc_id", "negative_doc_id", "image_id", "image_url", "group_id", "negative_group_id", "unit", "unit_id",
)  # fmt: skip
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
    files = 0
    for table in stored_tables(dataset):

        def change(rows: pa.Table, table: str = table) -> pa.Table:
            return _without(rows, table, concerned, tombstones)

        files += erase(dataset, table, _COLUMNS, change)

    def is_removed(address: str | None) -> bool:
        return address in concerned.addresses or tombstones.has_address(address)

    files += sum(erase_records(join(dataset, folder), is_removed) for folder in ("warc", "unpacked"))
    files += _delete_files(join(dataset, "unpacked"), concerned, tombstones)
    files += _delete_folder(join(dataset, "shards")) + _delete_leftovers(dataset)
    put_right(dataset)
    return Removed(len(concerned.documents), len(concerned.images), files)


def _without(rows: pa.Table, table: str, concerned: Concerned, tombstones: Tombstones) -> pa.Table:
    """Return what remains of rows: without those about what is removed, and without its name in others."""
    gone = pa.array([False] * rows.num_rows)
    names = set(rows.column_names)
    for column, ids in (
        ("doc_id", concerned.documents),
        ("negative_doc_id", concerned.documents),
        ("group_id", concerned.groups),
        ("negative_group_id", concerned.groups),
    ):
        if column in names:
            gone = pc.or_(gone, _within(rows[column], ids))
    if "unit_id" in names:
        units = [_concerns(unit, unit_id, concerned, tombstones) for unit, unit_id in _units(rows)]
        gone = pc.or_(gone, pa.array(units, pa.bool_()))
    if "image_id" in names and table not in _MENTIONING:
        gone = pc.or_(gone, _within(rows["image_id"], concerned.images))
        if "image_url" in names:
            addressed = [tombstones.has_address(url) for url in rows["image_url"].to_pylist()]
            gone = pc.or_(gone, pa.array(addressed, pa.bool_()))
    kept = rows.filter(pc.invert(gone))
    if "image_id" not in names or table not in _MENTIONING:
        return kept
    # The place where it stood stays, without a name: an image inside a document has no other.
    lost = _within(kept["image_id"], concerned.images)
    for column in _NAMES_OF_IMAGES:
        if column in names:
            field = kept.schema.field(column)
            left = pc.if_else(lost, pa.scalar(None, field.type), kept[column])
            kept = kept.set_column(kept.schema.get_field_index(column), field, left)
    return kept


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
        return tombstones.has_address(unit_id)
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
