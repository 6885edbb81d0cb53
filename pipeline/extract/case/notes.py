"""The notes of a case, by the reader of their kind."""

from __future__ import annotations

from pipeline.extract.builder import Builder
from pipeline.extract.case.files import CaseFile, CaseLimits, Problem
from pipeline.extract.document import read_document
from pipeline.extract.element import ReadDocument, UnreadableDocumentError
from pipeline.extract.encoding import decode
from pipeline.extract.local import to_url
from pipeline.extract.media import MARKDOWN, TEXT, check_text, media_type_of
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
    media = media_type_of(file.name)
    if media is None or media == TEXT:
        builder.append(_plain(data, file), _LEVELS)
    else:
        read = read_document(data, media, to_url(file.location))
        builder.append(read, _LEVELS)
        if builder.title is None and media == MARKDOWN:
            builder.title = read.title
    return []


def _plain(data: bytes, file: CaseFile) -> ReadDocument:
    """Return plain text as its paragraphs, which empty lines part; lines behind a dash are a list."""
    check_text(data)
    builder = Builder(file.path, to_url(file.location))
    paragraph: list[str] = []
    for line in [*decode(data, prescan=False).splitlines(), ""]:
        item = line.lstrip().startswith(("- ", "* ", "• "))
        if paragraph and (item or not line.strip()):
            text = " ".join(paragraph)
            bullet = text.startswith(("- ", "* ", "• "))
            builder.add("list_item" if bullet else "text", text[2:] if bullet else text)
            paragraph = []
        if line.strip():
            paragraph.append(line.strip())
    return ReadDocument(None, None, None, builder.elements())
