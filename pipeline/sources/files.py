"""The documents of a `files` source: in a folder, in an archive, in archives in a folder; here or remote."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from pipeline.identity import fingerprint
from pipeline.recipe import FilesSource
from pipeline.sources.archives import Refusal, Unpacked, is_archive, unpack
from pipeline.sources.globs import matches
from pipeline.sources.walk import files_below, stays_within, uri_of
from pipeline.sources.warc import is_warc
from pipeline.sources.warc_members import WarcMember, warc_members
from storage.errors import LooseleafError
from storage.filesystem import is_local, join, open_filesystem

#: Archives within archives, that deep.
MAX_DEPTH = 5


@dataclass(frozen=True)
class FileDocument:
    """A document as a plan names it.

    Attributes:
        path: relative to the source's root, members of an archive in a folder below the archive's own path.
        inner: relative to the folder where it lies: the root, or the unpacked archive.
        archive: sha256 of the archive, None for a plain file.
        uri: its name for a person; a member's is its archive's, "!/" and its path within.
        mark: what changes when its content does.
        size: bytes.
        sidecar: what changes when the file with its true links does; None if there is none.
        page: where it stands in a web archive, `inner`, and of what kind it is; None for a file of its own.
    """

    path: str
    inner: str
    archive: str | None
    uri: str
    mark: str
    size: int
    sidecar: str | None = None
    page: WarcMember | None = None


@dataclass
class _Budget:
    """Bytes to which an archive and all within it may still unpack."""

    left: int


@dataclass(frozen=True)
class _Place:
    folder: str
    prefix: str
    uri: str
    archive: str | None
    depth: int = 0
    budget: _Budget = field(default_factory=lambda: _Budget(0))


_NOWHERE = _Place("", "", "", None)


def find_documents(source: FilesSource, dataset: str) -> Iterator[FileDocument | Refusal]:
    """Give the documents of a source in the order of their paths, and what was refused on the way.

    Archives are unpacked into the dataset first.

    Raises:
        LooseleafError: if the root does not exist.
    """
    root = source.root
    filesystem, path = open_filesystem(root)
    if filesystem.isfile(path):
        if is_warc(path):
            yield from _in_warc(replace(_NOWHERE, folder=root), "")
            return
        if not is_archive(path):
            raise LooseleafError(
                f"source {source.name!r} has the root {root}, which is a file but no archive; "
                "give a folder, a zip, a tar or a WARC file."
            )
        yield from _in_archive(source, _NOWHERE, root, replace(_NOWHERE, uri=uri_of(root)), dataset)
        return
    if not filesystem.isdir(path):
        raise LooseleafError(f"source {source.name!r} has the root {root}, which does not exist; correct it.")
    yield from _in_folder(source, _Place(root, "", uri_of(root), None), dataset)


def family_of(source_name: str, setting: str, doc_id: str, folder: str, stated: str | None = None) -> str:
    """Return the family of a document: documents of one family never stand on both sides of a split.

    Args:
        source_name: the source's name.
        setting: `document`, `folder` or `source`.
        doc_id: the document.
        folder: the folder that it lies in.
        stated: what its sidecar says, which goes before the setting.
    """
    if stated is not None:
        return _hash(f"{source_name}\nfamily\n{stated}")
    if setting == "document":
        return doc_id
    return _hash(f"{source_name}\nfolder\n{folder}") if setting == "folder" else _hash(source_name)


def doc_id_of(source_name: str, path: str) -> str:
    """Return a document's id, from its source's name and its path within, or its URL."""
    return _hash(f"{source_name}\n{path}")


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:32]


def _in_folder(source: FilesSource, place: _Place, dataset: str) -> Iterator[FileDocument | Refusal]:
    sidecars: dict[str, str | None] = {}
    for relative, size in files_below(place.folder):
        if not matches(relative, source.include, source.exclude):
            continue
        location = join(place.folder, relative)
        uri = uri_of(location) if place.archive is None else f"{place.uri}!/{relative}"
        if is_archive(relative):
            inside = replace(_NOWHERE, prefix=f"{place.prefix}{relative}/", uri=uri)
            yield from _in_archive(source, place, location, inside, dataset)
            continue
        if is_local(location) and not stays_within(location, place.folder):
            detail = f"The file {relative} is a link that leaves the source's root."
            yield Refusal(relative, "outside_root", None, None, detail)
            continue
        if is_warc(relative):
            yield from _in_warc(place, relative)
            continue
        folder = relative.rpartition("/")[0]
        if source.links is not None and folder not in sidecars:
            sidecars[folder] = _sidecar_mark(place.folder, folder, source.links)
        yield FileDocument(
            path=place.prefix + relative,
            inner=relative,
            archive=place.archive,
            uri=uri,
            mark=fingerprint(location),
            size=size,
            sidecar=sidecars.get(folder),
        )


def _in_archive(
    source: FilesSource, outer: _Place, archive: str, inside: _Place, dataset: str
) -> Iterator[FileDocument | Refusal]:
    """Give what is in an archive, named as `inside` says; nested ones share one limit of bytes."""
    name = inside.prefix.rstrip("/") or archive
    if outer.depth >= MAX_DEPTH:
        detail = f"The archive {name} stands within {outer.depth} others and was not opened."
        yield Refusal(name, "nested_too_deeply", float(outer.depth), float(MAX_DEPTH), detail)
        return
    budget = outer.budget if outer.archive is not None else _Budget(source.max_unpacked_bytes)
    if budget.left <= 0:
        limit = float(source.max_unpacked_bytes)
        detail = f"The archive {name} was not opened: those around it unpack to {limit:.0f} bytes already."
        yield Refusal(name, "archive_too_large", None, limit, detail)
        return
    unpacked: Unpacked = unpack(archive, dataset, budget.left)
    for refusal in unpacked.refusals:
        path = inside.prefix + refusal.path
        yield Refusal(path, refusal.rule, refusal.value, refusal.threshold, refusal.detail)
    filesystem, path = open_filesystem(unpacked.folder)
    if filesystem.isdir(path):
        budget.left -= sum(size for _, size in files_below(unpacked.folder))
        place = replace(
            inside, folder=unpacked.folder, archive=unpacked.digest, depth=outer.depth + 1, budget=budget
        )
        yield from _in_folder(source, place, dataset)


def _in_warc(place: _Place, relative: str) -> Iterator[FileDocument | Refusal]:
    """Give the pages of a web archive, each URL once."""
    location = join(place.folder, relative) if relative else place.folder
    name = place.prefix + relative
    for found in warc_members(location, name or location):
        if isinstance(found, Refusal):
            yield found
            continue
        yield FileDocument(
            path=f"{name}/{found.url}" if name else found.url,
            inner=relative,
            archive=place.archive,
            uri=found.url,
            mark=f"{fingerprint(location)}-{found.offset}",
            size=found.length,
            page=found,
        )


def _sidecar_mark(root: str, folder: str, name: str) -> str | None:
    location = join(root, folder, name) if folder else join(root, name)
    filesystem, path = open_filesystem(location)
    return fingerprint(location) if filesystem.isfile(path) else None
