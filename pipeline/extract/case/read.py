"""A case to one document: its files in a stated order, each a section."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from pipeline.extract.builder import Builder
from pipeline.extract.case.decks import read_deck
from pipeline.extract.case.files import HEAD_BYTES, CaseFile, CaseLimits, Problem, read_head
from pipeline.extract.case.images import read_image
from pipeline.extract.case.listing import add_fields, add_others
from pipeline.extract.case.logs.read import read_log
from pipeline.extract.case.meshes.read import read_foam_mesh, read_mesh
from pipeline.extract.case.notes import read_note
from pipeline.extract.case.roles import ORDER, Role, has_mesh, role_of
from pipeline.extract.case.tables.printed import read_printed
from pipeline.extract.case.tables.read import read_table
from pipeline.extract.element import ReadDocument, UnreadableDocumentError
from pipeline.extract.local import to_url

_Read = Callable[[Builder, CaseFile, CaseLimits], list[Problem]]
_READERS: Mapping[Role, _Read] = {
    "notes": read_note,
    "deck": read_deck,
    "log": read_log,
    "printed": read_printed,
    "table": read_table,
    "image": read_image,
    "mesh": read_mesh,
}


def read_case(
    name: str, uri: str, files: Sequence[CaseFile], limits: CaseLimits
) -> tuple[ReadDocument, list[Problem]]:
    """Read a case.

    Its notes come first, READMEs before others, then input decks, logs, tables, pictures, meshes and the
    fields of later times, and last a list of what no reader knows. A file that cannot be read is listed
    there too, and the rest is read.

    Args:
        name: of the folder.
        uri: of the case.
        files: all its files.
        limits: what it may cost.

    Returns:
        The document, and what of its files was not read.
    """
    builder = Builder(uri, uri)
    builder.heading(1, name)
    problems: list[Problem] = []
    by_role: dict[Role, list[CaseFile]] = {role: [] for role in ORDER}
    unread: list[CaseFile] = []
    for file in files:
        try:
            head = read_head(file, HEAD_BYTES)
            by_role[role_of(file.path, head)].append(file)
            if has_mesh(file.path, head):
                by_role["mesh"].append(file)
        except OSError as error:
            problems.append(_unreadable(file, error))
            unread.append(file)
    by_role["notes"].sort(key=lambda file: (not file.name.lower().startswith("readme"), file.path))
    for role, read in _READERS.items():
        for file in by_role[role]:
            if role == "image" and builder.shows(to_url(file.location)):
                continue  # a note has it in its place
            found, was_read = _read(builder, file, limits, read)
            problems += found
            # A deck whose mesh cannot be read was read as a deck.
            if not was_read and not (role == "mesh" and file in by_role["deck"]):
                unread.append(file)
    problems += read_foam_mesh(builder, by_role["foam_mesh"], limits)
    add_fields(builder, by_role["field"])
    problems += add_others(builder, by_role["other"], unread)
    title = builder.title or name
    return ReadDocument(title, builder.language(), None, builder.elements(), builder.inline_images), problems


def _read(builder: Builder, file: CaseFile, limits: CaseLimits, read: _Read) -> tuple[list[Problem], bool]:
    """Read one file as a section; returns what was not read of it, and whether anything was."""
    section = Builder(builder.uri, builder.base_url)
    section.heading(2, file.path)
    try:
        problems = read(section, file, limits)
    except OSError as error:
        return [_unreadable(file, error)], False
    except UnreadableDocumentError as error:
        return [Problem(file.path, error.rule, error.detail, error.value, error.threshold)], False
    builder.embed(ReadDocument(None, None, None, section.elements(), section.inline_images), 0)
    builder.title = builder.title or section.title
    return problems, True


def _unreadable(file: CaseFile, error: OSError) -> Problem:
    return Problem(file.path, "unreadable", f"The file cannot be opened ({error.strerror or error}).")
