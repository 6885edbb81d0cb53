from __future__ import annotations

import pytest

from pipeline.extract.builder import Builder
from pipeline.extract.ooxml.properties import add_properties
from pipeline.extract.zip_package import ZipPackage
from tests.documents import zipped

RELATIONS = """<Relationships><Relationship Id="a" Type="x/core-properties" Target="docProps/core.xml"/>
<Relationship Id="b" Type="x/custom-properties" Target="/docProps/custom.xml"/>
<Relationship Id="c" Type="x/core-properties" Target="http://x.org/p.xml" TargetMode="External"/>
</Relationships>"""


def stated(core: str, custom: str = "<Properties/>") -> Builder:
    builder = Builder("file:///d/a.docx", "file:///d/a.docx")
    parts: dict[str, bytes | str] = {
        "_rels/.rels": RELATIONS,
        "docProps/core.xml": core,
        "docProps/custom.xml": custom,
    }
    add_properties(builder, ZipPackage(zipped(parts), "document"))
    return builder


def test_title_language_and_licence() -> None:
    builder = stated(
        "<core><title> A  plate </title><language>de-AT</language></core>",
        '<Properties><property name="License"><v>https://creativecommons.org/licenses/by/4.0/</v></property>'
        "</Properties>",
    )
    assert (builder.title, builder.declared_language, builder.license) == ("A plate", "de", "CC-BY-4.0")


@pytest.mark.parametrize("title", ["", "PowerPoint Presentation", "Slide 1"])
def test_titles_that_programs_write_are_none(title: str) -> None:
    assert stated(f"<core><title>{title}</title></core>").title is None


def test_broken_properties_are_stated_and_keep_no_document_back() -> None:
    builder = stated("<core>", "<Properties><rights>CC0</rights></Properties>")
    assert builder.license == "CC0-1.0"
    assert [part.rule for part in builder.left_out] == ["broken_xml"]
