"""What an Office document states of itself: title, language, licence."""

from __future__ import annotations

from pipeline.extract.builder import Builder, fold
from pipeline.extract.element import UnreadableDocumentError
from pipeline.extract.licenses import license_of
from pipeline.extract.ooxml.package import relations_of
from pipeline.extract.xml import local_name, parse_xml
from pipeline.extract.zip_package import ZipPackage

#: Titles that programs write by themselves.
_EMPTY_TITLES = frozenset({"powerpoint presentation", "word document", "presentation", "slide 1"})


def add_properties(builder: Builder, package: ZipPackage) -> None:
    """Take title, language and licence from the core and custom properties (Dublin Core)."""
    for relation in relations_of(package, "").values():
        if relation.kind not in {"core-properties", "custom-properties"} or relation.external:
            continue
        data = package.read(relation.target)
        try:
            root = parse_xml(data, relation.target) if data is not None else ()
        except UnreadableDocumentError as error:
            builder.leave_out(error.rule, error.detail)
            continue
        for node in root:
            name, text = (node.get("name") or local_name(node)).lower(), fold("".join(node.itertext()))
            if name == "title" and text and text.lower() not in _EMPTY_TITLES:
                builder.title = text
            elif name == "language" and text:
                builder.declared_language = language_code(text)
            elif name in {"rights", "license", "licence"} and text:
                builder.license = license_of(text)


def language_code(tag: str | None) -> str | None:
    """Return the two letters of a language tag such as `en-US`; None for any other."""
    code = (tag or "").replace("_", "-").split("-")[0].lower()
    return code if len(code) == 2 and code.isalpha() else None
