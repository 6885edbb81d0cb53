"""Zip documents that mean harm, or are broken: refused with a rule, through every reader of their kind."""

from __future__ import annotations

import struct
from collections.abc import Callable

import pytest

from pipeline.extract.docx import read_docx
from pipeline.extract.element import ReadDocument, UnreadableDocumentError
from pipeline.extract.epub import read_epub
from pipeline.extract.pptx import read_pptx
from pipeline.extract.zip_package import ZipPackage
from tests.documents import replaced, zipped
from tests.word import new, saved

Read = Callable[[bytes, str, str | None], ReadDocument]
READERS: list[Read] = [read_docx, read_pptx, read_epub]
BOMB = (
    '<?xml version="1.0"?><!DOCTYPE r [<!ENTITY a "ha">'
    + "".join(f'<!ENTITY {chr(98 + n)} "{f"&{chr(97 + n)};" * 10}">' for n in range(9))
    + ']><r a="&j;">&j;</r>'
)
OUTSIDE = '<?xml version="1.0"?><!DOCTYPE r [<!ENTITY x SYSTEM "http://127.0.0.1:9/secret">]><r>&x;</r>'


def refused(read: Read, data: bytes) -> UnreadableDocumentError:
    with pytest.raises(UnreadableDocumentError) as error:
        read(data, "file:///d/a", None)
    return error.value


@pytest.mark.parametrize("read", READERS)
@pytest.mark.parametrize("xml", [BOMB, OUTSIDE, BOMB.encode("utf-16").decode("latin-1")])
def test_entities_are_refused(read: Read, xml: str) -> None:
    data = xml.encode("latin-1") if xml.startswith("\xff") else xml.encode()
    parts: dict[str, bytes | str] = {"_rels/.rels": data, "META-INF/container.xml": data}
    assert refused(read, zipped(parts)).rule == "xml_entities"


def test_entities_within_the_document_are_refused() -> None:
    changed = replaced(saved(new()), {"word/document.xml": BOMB})
    assert refused(read_docx, changed).rule == "xml_entities"


@pytest.mark.parametrize("read", READERS)
def test_a_zip_bomb_is_refused_by_what_it_says(read: Read) -> None:
    error = refused(read, zipped({f"part{n}": bytes(10_000_000) for n in range(8)}))
    assert error.rule == "zip_bomb"
    assert error.value == 80_000_000
    assert error.threshold == 64_000_000


def test_a_part_that_is_too_large_is_refused() -> None:
    data = zipped({"big": bytes(1_000), "pad": bytes(400_000)}, stored="pad")
    # The directory claims more than it is.
    at = data.index(b"PK\x01\x02")
    claimed = data[: at + 24] + struct.pack("<I", 64_000_001) + data[at + 28 :]
    package = ZipPackage(claimed, "document")
    with pytest.raises(UnreadableDocumentError) as error:
        package.read("big")
    assert (error.value.rule, error.value.value) == ("part_too_large", 64_000_001.0)


def test_a_part_that_is_larger_than_it_says_is_not_read() -> None:
    data = zipped({"part": bytes(1_000_000)})
    at = data.index(b"PK\x01\x02")
    lie = data[: at + 24] + struct.pack("<I", 10) + data[at + 28 :]
    assert ZipPackage(lie, "document").read("part") is None


@pytest.mark.parametrize("read", READERS)
@pytest.mark.parametrize("name", ["../evil.xml", "/etc/passwd", "a/../../b", "..\\evil", "C:/x"])
def test_names_outside_are_refused(read: Read, name: str) -> None:
    assert refused(read, zipped({name: "x"})).rule == "path_traversal"


@pytest.mark.parametrize("read", READERS)
def test_what_is_no_zip_is_named(read: Read) -> None:
    assert refused(read, b"").rule == "broken_zip"
    assert refused(read, b"%PDF-1.4").rule == "broken_zip"
    assert refused(read, b"\xd0\xcf\x11\xe0" + bytes(600)).rule == "old_office"
    encrypted = b"\xd0\xcf\x11\xe0" + bytes(600) + "EncryptedPackage".encode("utf-16-le")
    assert refused(read, encrypted).rule == "encrypted"
    assert refused(read, zipped({"a": "b"})).rule == "missing_part"


def test_broken_xml_says_which_part() -> None:
    error = refused(read_docx, replaced(saved(new()), {"word/document.xml": "<w:document>"}))
    assert error.rule == "broken_xml"
    assert "word/document.xml" in error.detail


@pytest.mark.parametrize("cut", [0.2, 0.5, 0.9, 0.99])
def test_a_truncated_document_is_refused(cut: float) -> None:
    data = saved(new())
    assert refused(read_docx, data[: int(len(data) * cut)]).rule == "broken_zip"


def test_a_picture_that_stands_on_every_page_counts_once() -> None:
    package = ZipPackage(zipped({"word/media/image1.bmp": bytes(5_000_000)}), "document")
    pictures = [package.read("word/media/image1.bmp") for _ in range(40)]
    assert {len(picture or b"") for picture in pictures} == {5_000_000}


def test_names_are_found_as_offices_write_them() -> None:
    package = ZipPackage(zipped({"Word\\Media/Image 1.png": b"x"}), "document")
    assert package.read("/word/media/image%201.png") == b"x"
    assert package.read("word/media/image2.png") is None
