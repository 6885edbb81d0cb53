"""A case that stands alone, to look at."""

from __future__ import annotations

from dataclasses import replace

from pipeline.extract.case.files import CaseFile, CaseLimits
from pipeline.extract.case.read import read_case
from pipeline.extract.element import LeftOut, ReadDocument
from pipeline.sources.walk import files_below, stays_within, uri_of
from storage.filesystem import is_local, join


def open_case(folder: str) -> ReadDocument:
    """Read a folder as a simulation case; links out of it are left out.

    Args:
        folder: path or fsspec URL.
    """
    files, left_out = [], []
    for path, size in files_below(folder):
        location = join(folder, path)
        if is_local(location) and not stays_within(location, folder):
            left_out.append(LeftOut("outside_root", f"The file {path} is a link that leaves the folder."))
        else:
            files.append(CaseFile(path, location, size))
    uri = uri_of(folder).rstrip("/")
    read, problems = read_case(uri.rsplit("/", 1)[-1], uri, files, CaseLimits())
    left_out += [LeftOut(part.rule, f"{part.path}: {part.detail}", part.value) for part in problems]
    return replace(read, left_out=tuple(left_out))
