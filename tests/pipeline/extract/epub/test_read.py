"""An e-book that the tests write comes back element for element."""

from __future__ import annotations

import pytest

from pipeline.extract.element import ReadDocument, UnreadableDocumentError
from pipeline.extract.epub import read_epub
from tests.documents import images_of, png, replaced, rows_of, zipped

URL = "file:///d/a.epub"
CONTAINER = """<?xml version="1.0"?><container xmlns="urn:oasis:names:tc:opendocument:xmlns:container">
<rootfiles><rootfile full-path="OEBPS/content.opf"/></rootfiles></container>"""
OPF = """<?xml version="1.0"?><package xmlns="http://www.idpf.org/2007/opf"
 xmlns:dc="http://purl.org/dc/elements/1.1/"><metadata><dc:title>Heat &amp; Mass</dc:title>
<dc:language>en-GB</dc:language>
<dc:rights>https://creativecommons.org/licenses/by-sa/4.0/</dc:rights></metadata><manifest>
<item id="nav" href="nav.xhtml" media-type="application/xhtml+xml" properties="nav"/>
<item id="two" href="text/two.xhtml" media-type="application/xhtml+xml"/>
<item id="one" href="text/one%20a.xhtml" media-type="application/xhtml+xml"/>
<item id="cover" href="images/cover.png" media-type="image/png" properties="cover-image"/>
<item id="flow" href="images/flow.png" media-type="image/png"/>
<item id="draw" href="images/draw.svg" media-type="image/svg+xml"/></manifest>
<spine><itemref idref="nav"/><itemref idref="one"/><itemref idref="two"/></spine></package>"""
NAV = """<?xml version="1.0"?><!DOCTYPE html><html xmlns="http://www.w3.org/1999/xhtml"><head><title/></head>
<body><h1>Contents</h1><ol><li><a href="text/one%20a.xhtml">Flow</a></li></ol></body></html>"""
ONE = """<?xml version="1.0"?><!DOCTYPE html PUBLIC "-//W3C//DTD XHTML 1.1//EN" "http://127.0.0.1:9/x.dtd">
<html xmlns="http://www.w3.org/1999/xhtml"><head><title/><script src="x.js"/></head><body>
<h1>Flow</h1><p>Warm&nbsp;air <a id="here"/>rises.</p>
<figure><img src="../images/flow.png" alt="the flow"/><figcaption>Figure 1: Flow.</figcaption></figure>
</body></html>"""
TWO = """<html xmlns="http://www.w3.org/1999/xhtml" xmlns:m="http://www.w3.org/1998/Math/MathML"><body>
<h2>Mass</h2><ul><li>one<ul><li>two</li></ul></li></ul>
<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" aria-label="again">
<image xlink:href="../images/flow.png"/></svg>
<p><img src="../images/draw.svg" alt="drawn"/></p></body></html>"""
SVG = f'<svg xmlns="http://www.w3.org/2000/svg"><path d="M0 0{" L1 1" * 50}"/></svg>'


def book(**changes: bytes | str | None) -> bytes:
    whole = zipped(
        {
            "mimetype": "application/epub+zip",
            "META-INF/container.xml": CONTAINER,
            "OEBPS/content.opf": OPF,
            "OEBPS/nav.xhtml": NAV,
            "OEBPS/text/one a.xhtml": ONE,
            "OEBPS/text/two.xhtml": TWO,
            "OEBPS/images/cover.png": png(9),
            "OEBPS/images/flow.png": png(1),
            "OEBPS/images/draw.svg": SVG,
        },
        stored="mimetype",
    )
    return replaced(whole, changes)


def read(data: bytes) -> ReadDocument:
    return read_epub(data, URL)


def test_a_book_element_for_element() -> None:
    found = read(book())
    flow, mass = ("Flow",), ("Flow", "Mass")
    assert rows_of(found) == [
        ("image", None, None, (), None, None, None),
        ("heading", 1, "Contents", (), None, None, None),
        ("list_item", 1, "Flow", (), None, None, None),
        ("heading", 1, "Flow", flow, None, None, None),
        ("text", None, "Warm air rises.", flow, None, None, None),
        ("image", None, None, flow, None, "the flow", None),
        ("text", None, "Figure 1: Flow.", flow, 5, None, None),
        ("heading", 2, "Mass", mass, None, None, None),
        ("list_item", 1, "one", mass, None, None, None),
        ("list_item", 2, "two", mass, None, None, None),
        ("image", None, None, mass, None, "again", None),
        ("image", None, None, mass, None, "drawn", None),
    ]
    assert images_of(found) == [png(9), png(1), png(1), SVG.encode()]
    assert [e.position for e in found.elements if e.boilerplate] == [1, 2]
    assert (found.title, found.language, found.license) == ("Heat & Mass", "en", "CC-BY-SA-4.0")


def test_a_cover_that_a_page_shows_comes_once() -> None:
    page = ONE.replace("flow.png", "cover.png")
    found = read(book(**{"OEBPS/text/one a.xhtml": page}))
    assert images_of(found).count(png(9)) == 1
    assert found.elements[0].kind == "heading"


def test_a_missing_chapter_is_stated_and_a_broken_one_read_as_browsers_do() -> None:
    found = read(book(**{"OEBPS/nav.xhtml": None, "OEBPS/text/two.xhtml": "<p>Not <b>closed<p>at all"}))
    assert [part.rule for part in found.left_out] == ["missing_chapter"]
    assert [e.text for e in found.elements][-2:] == ["Not closed", "at all"]


def encryption(algorithm: str) -> str:
    method = f'<e:EncryptionMethod Algorithm="{algorithm}"/>'
    data = '<e:CipherData><e:CipherReference URI="OEBPS/text/two.xhtml"/></e:CipherData>'
    return f"""<encryption xmlns="urn:oasis:names:tc:opendocument:xmlns:container"
     xmlns:e="http://www.w3.org/2001/04/xmlenc#"><e:EncryptedData>{method}{data}</e:EncryptedData>
     </encryption>"""


def test_drm_is_refused_by_name_and_scrambled_fonts_are_not() -> None:
    name = "META-INF/encryption.xml"
    with pytest.raises(UnreadableDocumentError, match="digital rights") as error:
        read(book(**{name: encryption("http://www.w3.org/2001/04/xmlenc#aes128-cbc")}))
    assert error.value.rule == "encrypted"
    assert read(book(**{name: encryption("http://www.idpf.org/2008/embedding")})) == read(book())


def test_entities_of_a_chapter_are_not_expanded() -> None:
    bomb = '<!DOCTYPE html [<!ENTITY a "AAAA"><!ENTITY f SYSTEM "file:///etc/passwd">]>'
    page = f"<?xml version='1.0'?>{bomb}<html xmlns='http://www.w3.org/1999/xhtml'><body><p>&a;&f;</p></body></html>"
    found = read(book(**{"OEBPS/text/two.xhtml": page}))
    assert found.elements[-1].text is not None
    assert "AAAA" not in found.elements[-1].text.replace('"AAAA"', "")
    assert "root:" not in found.elements[-1].text
