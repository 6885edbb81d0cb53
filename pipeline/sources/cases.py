"""The documents of a `cases` source: each simulation case, a folder with all its files, is one."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass

from pipeline.identity import fingerprint
from pipeline.recipe import CasesSource
from pipeline.sources.archives import Refusal, is_archive, unpack
from pipeline.sources.case_folders import case_folders, case_of
from pipeline.sources.globs import matches
from pipeline.sources.walk import files_below, linked_folders, stays_within, uri_of
from storage.errors import LooseleafError
from storage.filesystem import is_local, join, local_path, open_filesystem

#: A larger file is known by its size and time, for results of many gigabytes are not read whole, ever.
_HASHED_BYTES = 64_000_000


@dataclass(frozen=True)
class CaseMember:
    """A file of a case: its path within the case, its size in bytes, and what changes when it does."""

    path: str
    size: int
    mark: str


@dataclass(frozen=True)
class CaseDocument:
    """A case as a plan names it.

    Attributes:
        path: the folder, relative to the source's root; "." for the root itself.
        inner: the folder relative to where it lies: the root, or the unpacked archive; "" for that itself.
        archive: sha256 of the archive, None for a plain folder.
        uri: its name for a person.
        files: in the order of their paths.
    """

    path: str
    inner: str
    archive: str | None
    uri: str
    files: tuple[CaseMember, ...]

    @property
    def size(self) -> int:
        """Bytes of all files together."""
        return sum(file.size for file in self.files)


@dataclass(frozen=True)
class _Place:
    folder: str
    prefix: str
    uri: str
    archive: str | None


def find_cases(source: CasesSource, dataset: str) -> Iterator[CaseDocument | Refusal]:
    """Give the cases of a source in the order of their paths, and what was refused on the way.

    Archives are unpacked into the dataset first.

    Raises:
        LooseleafError: if the root does not exist.
    """
    root = source.root
    filesystem, path = open_filesystem(root)
    if filesystem.isfile(path) and is_archive(path):
        yield from _in_archive(source, root, "", dataset)
        return
    if not filesystem.isdir(path):
        raise LooseleafError(
            f"source {source.name!r} has the root {root}, which is no folder and no archive; correct it."
        )
    yield from _in_folder(source, _Place(root, "", uri_of(root), None), dataset)


def _in_folder(source: CasesSource, place: _Place, dataset: str) -> Iterator[CaseDocument | Refusal]:
    sizes: dict[str, int] = {}
    for relative, size in files_below(place.folder):
        if not _is_wanted(source, relative):
            continue
        location = join(place.folder, relative)
        if is_local(location) and not stays_within(location, place.folder):
            detail = f"The file {relative} is a link that leaves the source's root."
            yield Refusal(place.prefix + relative, "outside_root", None, None, detail)
        elif is_archive(relative) and place.archive is None:
            yield from _in_archive(source, location, f"{relative}/", dataset)
        else:
            sizes[relative] = size
    for relative in linked_folders(place.folder):
        if _is_wanted(source, relative):
            detail = f"The folder {relative} is a link to another one, which is not followed."
            yield Refusal(place.prefix + relative, "linked_folder", None, None, detail)
    yield from _cases(source, place, sizes)


def _is_wanted(source: CasesSource, relative: str) -> bool:
    return matches(relative, ("**/*",), source.exclude)


def _cases(source: CasesSource, place: _Place, sizes: dict[str, int]) -> Iterator[CaseDocument | Refusal]:
    cases = case_folders(list(sizes), source.folders)
    members: dict[str, list[CaseMember]] = defaultdict(list)
    outside: dict[str, int] = defaultdict(int)
    for relative, size in sizes.items():
        case = case_of(relative, cases)
        if case is None:
            outside[relative.rpartition("/")[0]] += 1
            continue
        within = relative[len(case) + 1 :] if case else relative
        members[case].append(CaseMember(within, size, _mark(join(place.folder, relative), size)))
    for case in cases:
        yield CaseDocument(
            path=(place.prefix + case).rstrip("/") or ".",
            inner=case,
            archive=place.archive,
            uri=_uri(place, case),
            files=tuple(members[case]),
        )
    for folder, count in sorted(outside.items()):
        where = f"folder {place.prefix + folder}" if place.prefix + folder else "root"
        detail = f"{count} files right in the {where} belong to no case."
        yield Refusal((place.prefix + folder).rstrip("/") or ".", "in_no_case", float(count), None, detail)


def _uri(place: _Place, case: str) -> str:
    if place.archive is not None:
        return f"{place.uri}!/{case}"
    return uri_of(join(place.folder, case)) if case else place.uri


def _in_archive(
    source: CasesSource, archive: str, prefix: str, dataset: str
) -> Iterator[CaseDocument | Refusal]:
    unpacked = unpack(archive, dataset, source.max_unpacked_bytes)
    for refusal in unpacked.refusals:
        yield Refusal(prefix + refusal.path, refusal.rule, refusal.value, refusal.threshold, refusal.detail)
    filesystem, path = open_filesystem(unpacked.folder)
    if filesystem.isdir(path):
        place = _Place(unpacked.folder, prefix, uri_of(archive), unpacked.digest)
        yield from _in_folder(source, place, dataset)


def _mark(location: str, size: int) -> str:
    if size > _HASHED_BYTES and is_local(location):
        return f"stat:{size}-{local_path(location).stat().st_mtime_ns}"
    return fingerprint(location)
