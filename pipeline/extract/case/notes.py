"""The notes of a case, by the reader of their kind."""

from __future__ import annotations

from pipeline.extract.builder import Builder
from pipeline.extract.case.files import CaseFile, CaseLimits, Problem
from pipeline.extract.document import read_document
from pipeline.extract.element import UnreadableDocumentError
from pipeline.extract.local import to_url
from pipeline.extract.media import TEXT, media_type_of
from storage.filesystem import read_bytes

#: A note's own headings stand below its name, which stands below the case's.
_LEVELS = 2


def read_note(builder: Builder, file: CaseFile, limits: CaseLimits) -> list[Problem]:
    """Add the elements of a note.

    Raises:
        OSError: if the file cannot be read.
        UnreadableDocumentError: if it is too large, or its reader cannot read it.
    """
    if file.size > limits.max_bytes:
        raise UnreadableDocumentError(
            "too_large",
            f"The file has {file.size} bytes, over the limit of {limits.max_bytes}.",
            float(file.size),
            float(limits.max_bytes),
        )
    data = read_bytes(file.location)
    read = read_document(data, media_type_of(file.name) or TEXT, to_url(file.location))
    builder.embed(read, _LEVELS)
    builder.title = read.title
    return [Problem(file.path, part.rule, part.detail, part.value) for part in read.left_out]
