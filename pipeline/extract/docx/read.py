"""A Word document to elements."""

from __future__ import annotations

from typing import Any

from pipeline.extract.builder import Builder
from pipeline.extract.captions import bind_captions
from pipeline.extract.docx.styles import Styles
from pipeline.extract.docx.walk import Walker
from pipeline.extract.element import ReadDocument, UnreadableDocumentError
from pipeline.extract.ooxml.names import W
from pipeline.extract.ooxml.package import Part, main_part
from pipeline.extract.ooxml.properties import add_properties, language_code
from pipeline.extract.zip_package import ZipPackage

_NAME = "Word document"
_SEPARATORS = frozenset({"separator", "continuationSeparator", "continuationNotice"})


def read_docx(data: bytes, url: str, content_type: str | None = None) -> ReadDocument:  # noqa: ARG001 - a reader's form
    """Read a Word document (.docx; ECMA-376), as it shows once every tracked change is accepted.

    Headers and footers are boilerplate, comments are left out, a footnote comes after the paragraph that it
    belongs to, endnotes come last.

    Args:
        data: its bytes.
        url: its URL, the stem of its images' names.
        content_type: unused; a reader is called with it.

    Raises:
        UnreadableDocumentError: if it is no Word document, encrypted, broken, or unpacks to too much.
    """
    package = ZipPackage(data, _NAME)
    main = main_part(package)
    body = main.root.find(f"{W}body")
    if body is None:
        raise UnreadableDocumentError("missing_part", f"The {_NAME} has no body.")
    builder = Builder(url, url)
    styles = Styles(main.first("styles"), main.first("numbering"))
    builder.declared_language = language_code(styles.language)
    add_properties(builder, package)
    walker = Walker(builder, main, styles, _notes(main))
    _surroundings(walker, main, body, "header")
    walker.walk(body)
    walker.add_endnotes()
    bind_captions(builder, walker.captions)
    _surroundings(walker, main, body, "footer")
    _state(builder, walker, main)
    return builder.document()


def _notes(main: Part) -> dict[tuple[str, str], tuple[Part, Any]]:
    found: dict[tuple[str, str], tuple[Part, Any]] = {}
    for kind in ("footnote", "endnote"):
        for part in main.all(f"{kind}s"):
            for node in part.root.findall(f"{W}{kind}"):
                if node.get(f"{W}type") not in _SEPARATORS:
                    found[kind, node.get(f"{W}id") or ""] = part, node
    return found


def _surroundings(walker: Walker, main: Part, body: Any, kind: str) -> None:
    """Write the headers or footers that a section refers to, each once, as boilerplate."""
    seen: set[str] = set()
    for reference in body.iter(f"{W}{kind}Reference"):
        part = main.part(_relation(reference))
        if part is not None and part.name not in seen:
            seen.add(part.name)
            Walker(walker.builder, part, walker.styles, {}, boilerplate=True).walk(part.root)


def _relation(node: Any) -> str | None:
    return next((value for name, value in node.attrib.items() if name.endswith("}id")), None)


def _state(builder: Builder, walker: Walker, main: Part) -> None:
    comments = sum(len(part.root.findall(f"{W}comment")) for part in main.all("comments"))
    if comments:
        builder.leave_out("comment", "The comments of reviewers are not part of the text.", float(comments))
    if walker.inline.deleted:
        detail = "What tracked changes delete or move away was left out."
        builder.leave_out("tracked_deletion", detail, float(walker.inline.deleted))
    if walker.inline.hidden:
        detail = "Words that are formatted as hidden were left out."
        builder.leave_out("hidden_text", detail, float(walker.inline.hidden))
