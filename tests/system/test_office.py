"""Real Word documents, presentations and e-books: every word and every picture of theirs comes back."""

from __future__ import annotations

import re
import zipfile
from collections import Counter
from io import BytesIO

from lxml import etree

from flows.bench.corpora import debian_tree
from pipeline.extract.docx import read_docx
from pipeline.extract.element import ReadDocument
from pipeline.extract.epub import read_epub
from pipeline.extract.ooxml.names import REL, VML, A, W
from pipeline.extract.pptx import read_pptx
from tests.system.test_mutations import members

URL = "file:///d/a"
MC = "{http://schemas.openxmlformats.org/markup-compatibility/2006}"
_WORD = re.compile(r"\w+")


def words(text: str) -> Counter[str]:
    return Counter(_WORD.findall(text))


def words_of(document: ReadDocument) -> Counter[str]:
    return words(" ".join(e.text or "" for e in document.elements))


def parts(data: bytes, pattern: str) -> list[bytes]:
    with zipfile.ZipFile(BytesIO(data)) as archive:
        return [archive.read(name) for name in archive.namelist() if re.fullmatch(pattern, name)]


def shown(data: bytes, pattern: str, space: str) -> Counter[str]:
    """Return the words of all paragraphs in the parts that match, as the XML has them.

    A second form of the same (`Fallback`) and what is deleted or hidden do not count.
    """
    found: Counter[str] = Counter()
    for part in parts(data, pattern):
        root = etree.fromstring(part)
        for node in list(root.iter(f"{MC}Fallback", f"{W}del", f"{W}moveFrom", f"{W}rubyPr")):
            node.getparent().remove(node)
        found += words("".join(_piece(node, space) for node in root.iter()))
    return found


def _piece(node: etree._Element, space: str) -> str:
    if node.tag == f"{space}t":
        return node.text or ""
    return " " if node.tag in {f"{space}{name}" for name in ("tab", "br", "cr", "p", "noBreakHyphen")} else ""


def drawn(data: bytes, pattern: str) -> int:
    """Return how many pictures the parts that match refer to."""
    count = 0
    for part in parts(data, pattern):
        root = etree.fromstring(part)
        for node in list(root.iter(f"{MC}Fallback", f"{W}del", f"{W}moveFrom")):
            node.getparent().remove(node)
        count += sum(node.get(f"{REL}embed") is not None for node in root.iter(f"{A}blip"))
        count += sum(node.get(f"{REL}id") is not None for node in root.iter(f"{VML}imagedata"))
    return count


def pictures(document: ReadDocument) -> int:
    """Return how many pictures were found in the content, or stated as missing."""
    found = sum(e.kind == "image" for e in document.elements)
    return found + sum(part.rule == "missing_image" for part in document.left_out)


def test_real_word_documents_keep_their_words_and_pictures() -> None:
    wanted: Counter[str] = Counter()
    lost: Counter[str] = Counter()
    documents = members("python-docx==1.2.0", ".docx") + members("docx2python==3.5.0", ".docx", 5_000_000)
    assert len(documents) > 80
    for data in documents:
        document = read_docx(data, URL)
        body = shown(data, "word/document.xml", W)
        wanted += body
        lost += body - words_of(document)
        assert pictures(document) >= drawn(data, "word/document.xml")
    # What is left are characters of the font Symbol, which the XML has beside the words and not in them.
    assert lost.total() <= 0.002 * wanted.total()


def test_a_real_specification_keeps_its_tables_and_their_captions() -> None:
    largest = max(members("docx2python==3.5.0", ".docx", 5_000_000), key=len)
    document = read_docx(largest, URL)
    tables = [e.position for e in document.elements if e.kind == "table"]
    named = {e.caption_of for e in document.elements if e.caption_of is not None}
    assert len(tables) > 600
    assert len(named & set(tables)) >= 0.8 * len(tables)


def test_real_presentations_keep_their_words_and_pictures() -> None:
    decks = members("python-pptx==1.0.2", ".pptx")
    assert len(decks) > 60
    for data in decks:
        document = read_pptx(data, URL)
        assert not shown(data, r"ppt/slides/slide\d+\.xml", A) - words_of(document)
        assert pictures(document) >= drawn(data, r"ppt/slides/slide\d+\.xml")


BOOKS = {"debian-policy": "policy.epub", "developers-reference": "developers-reference.epub"}
HTML = "{http://www.w3.org/1999/xhtml}"


def test_real_books_keep_their_words_and_pictures() -> None:
    for package, name in BOOKS.items():
        data = next(debian_tree(package).rglob(name)).read_bytes()
        document = read_epub(data, URL)
        wanted: Counter[str] = Counter()
        images = 0
        # The document for navigation is not among what one reads page by page.
        for part in parts(data, r"(?!nav\.).*\.xhtml"):
            body = etree.fromstring(part).find(f"{HTML}body")
            wanted += words(" ".join(body.itertext()))
            images += len(list(body.iter(f"{HTML}img")))
        assert wanted.total() > 20_000
        assert (wanted - words_of(document)).total() <= 0.01 * wanted.total()
        assert sum(e.image_id is not None for e in document.elements) >= images
