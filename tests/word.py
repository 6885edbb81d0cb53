"""Word documents for tests: by python-docx where it can write a thing, by raw XML where it cannot."""

from __future__ import annotations

from io import BytesIO
from typing import Any

import docx
from docx.opc.constants import RELATIONSHIP_TYPE as RT
from docx.opc.packuri import PackURI
from docx.opc.part import Part
from docx.oxml import parse_xml
from docx.shared import Inches

from tests.documents import png

_SPACES = " ".join(
    f'xmlns:{prefix}="{uri}"'
    for prefix, uri in {
        "w": "http://schemas.openxmlformats.org/wordprocessingml/2006/main",
        "m": "http://schemas.openxmlformats.org/officeDocument/2006/math",
        "r": "http://schemas.openxmlformats.org/officeDocument/2006/relationships",
        "a": "http://schemas.openxmlformats.org/drawingml/2006/main",
        "pic": "http://schemas.openxmlformats.org/drawingml/2006/picture",
        "wp": "http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing",
        "wps": "http://schemas.microsoft.com/office/word/2010/wordprocessingShape",
        "wpg": "http://schemas.microsoft.com/office/word/2010/wordprocessingGroup",
        "mc": "http://schemas.openxmlformats.org/markup-compatibility/2006",
        "v": "urn:schemas-microsoft-com:vml",
        "o": "urn:schemas-microsoft-com:office:office",
    }.items()
)


def xml(text: str) -> Any:
    """Return a node; the first tag gets every namespace."""
    end = min(at for at in (text.find(">"), text.find(" "), text.find("/")) if at > 0)
    return parse_xml(f"{text[:end]} {_SPACES}{text[end:]}")


def add(document: Any, text: str) -> None:
    """Add a block of raw XML at the end of a document."""
    document.element.body.insert_element_before(xml(text), "w:sectPr")


def run(text: str) -> str:
    return f'<w:r><w:t xml:space="preserve">{text}</w:t></w:r>'


def paragraph(*pieces: str, properties: str = "") -> str:
    return f"<w:p><w:pPr>{properties}</w:pPr>{''.join(pieces)}</w:p>"


def relate(document: Any, data: bytes) -> str:
    """Add an image to a document's package; returns the id of the relation."""
    return str(document.part.get_or_add_image(BytesIO(data))[0])


def picture(relation: str, alt: str = "", how: str = "embed") -> str:
    """Return a `pic:pic` as groups and frames hold it."""
    return (
        f'<pic:pic><pic:nvPicPr><pic:cNvPr id="1" name="p" descr="{alt}"/><pic:cNvPicPr/></pic:nvPicPr>'
        f'<pic:blipFill><a:blip r:{how}="{relation}"/></pic:blipFill><pic:spPr/></pic:pic>'
    )


def drawing(content: str, floating: bool = False, alt: str = "", size: int = 2_000_000) -> str:
    """Return a run with a drawing."""
    frame = "anchor" if floating else "inline"
    return (
        f'<w:r><w:drawing><wp:{frame}><wp:extent cx="{size}" cy="{size}"/><wp:docPr id="1" name="d" '
        f'descr="{alt}"/><a:graphic><a:graphicData uri="x">{content}</a:graphicData></a:graphic>'
        f"</wp:{frame}></w:drawing></w:r>"
    )


def add_picture(document: Any, shade: int, alt: str | None = None) -> None:
    document.add_picture(BytesIO(png(shade)), width=Inches(2))
    if alt is not None:
        node = document.paragraphs[-1]._p.xpath(".//wp:docPr")[0]
        node.set("descr", alt)


def add_part(document: Any, kind: str, name: str, text: str) -> None:
    """Add a part such as the footnotes, `text` its whole XML without namespaces."""
    end = min(at for at in (text.find(">"), text.find(" ")) if at > 0)
    data = f"{text[:end]} {_SPACES}{text[end:]}".encode()
    content_type = f"application/vnd.openxmlformats-officedocument.wordprocessingml.{kind}+xml"
    part = Part(PackURI(f"/word/{name}.xml"), content_type, data, document.part.package)
    document.part.relate_to(part, getattr(RT, kind.upper()))


def saved(document: Any) -> bytes:
    file = BytesIO()
    document.save(file)
    return file.getvalue()


def new() -> Any:
    """Return an empty document."""
    return docx.Document()


def sequence(kind: str, number: int) -> str:
    """Return the runs of a numbered caption's field, as Word writes it."""
    return (
        '<w:r><w:fldChar w:fldCharType="begin"/></w:r>'
        f'<w:r><w:instrText xml:space="preserve"> SEQ {kind} \\* ARABIC </w:instrText></w:r>'
        '<w:r><w:fldChar w:fldCharType="separate"/></w:r>'
        f'{run(str(number))}<w:r><w:fldChar w:fldCharType="end"/></w:r>'
    )
