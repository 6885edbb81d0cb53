"""A presentation to elements."""

from __future__ import annotations

from dataclasses import replace

from pipeline.extract.builder import Builder
from pipeline.extract.captions import bind_captions
from pipeline.extract.element import ReadDocument, UnreadableDocumentError
from pipeline.extract.ooxml.names import A, P
from pipeline.extract.ooxml.package import Part, main_part, relation_id
from pipeline.extract.ooxml.properties import add_properties, language_code
from pipeline.extract.pptx.placeholders import Templates, role
from pipeline.extract.pptx.slide import SlideWriter
from pipeline.extract.pptx.texts import body_of, paragraphs
from pipeline.extract.zip_package import ZipPackage

_NAME = "presentation"


def read_pptx(data: bytes, url: str, content_type: str | None = None) -> ReadDocument:  # noqa: ARG001 - a reader's form
    """Read a presentation (.pptx; ECMA-376): each slide is a section and a page, then its notes.

    What stands on layouts and masters is the template's and left alone. Slide numbers, dates, footers and
    all of a hidden slide are boilerplate.

    Args:
        data: its bytes.
        url: its URL, the stem of its images' names.
        content_type: unused; a reader is called with it.

    Raises:
        UnreadableDocumentError: if it is no presentation, encrypted, broken, or unpacks to too much.
    """
    package = ZipPackage(data, _NAME)
    main = main_part(package)
    if main.root.tag != f"{P}presentation":
        raise UnreadableDocumentError("missing_part", f"The {_NAME} has no list of slides.")
    builder = Builder(url, url)
    language = next((node.get("lang") for node in main.root.iter(f"{A}defRPr") if node.get("lang")), None)
    builder.declared_language = language_code(language)
    add_properties(builder, package)
    templates = Templates()
    captions: dict[int, bool] = {}
    title = builder.title or ""
    comments = 0
    for number, identifier in enumerate(main.root.iter(f"{P}sldId"), 1):
        slide = main.part(relation_id(identifier))
        builder.page = number
        if slide is None:
            builder.leave_out("missing_slide", f"Slide {number} is not in the file, or is broken.")
            continue
        hidden = slide.root.get("show") in {"0", "false"}
        if hidden:
            builder.leave_out("hidden_slide", f"Slide {number} is hidden: all of it is boilerplate.")
        writer = SlideWriter(builder, slide, templates.of(slide), hidden)
        written = writer.write(number)
        title = title or written
        _add_notes(builder, slide, hidden)
        captions.update(writer.captions)
        comments += sum(len(part.root) for part in slide.all("comments"))
    bind_captions(builder, captions)
    if comments:
        builder.leave_out("comment", "The comments of reviewers are not part of the text.", float(comments))
    # A slide without a title has its number as its heading, which names no document.
    return replace(builder.document(), title=title or None)


def _add_notes(builder: Builder, slide: Part, hidden: bool) -> None:
    notes = slide.first("notesSlide")
    for shape in notes.root.iter(f"{P}sp") if notes is not None else ():
        if role(shape) == "body":
            for paragraph in paragraphs(body_of(shape)):
                builder.add("text", paragraph.text, boilerplate=hidden)
