"""The stage `extract` on every kind of file: documents, archives in archives, web archives."""

from __future__ import annotations

from email.message import EmailMessage
from io import BytesIO
from pathlib import Path
from typing import Any

from pptx import Presentation
from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

from pipeline.extract.media import DOCX
from pipeline.extract.stage import EXTRACT
from pipeline.recipe import recipe_from_dict
from pipeline.stage import Context
from tests.documents import png, tarred, zipped
from tests.pipeline.processing import process_all
from tests.word import add_picture, new, saved

PAGE = b"<h1>Page</h1><p>Words.</p><img src=i.png>"


def extract(root: Path, dataset: Path, **more: Any) -> dict[str, list[dict[str, Any]]]:
    source = {"kind": "files", "name": "s", "root": str(root), **more}
    context = Context(str(dataset), recipe_from_dict({"name": "t", "sources": [source]}), "build")
    return process_all(EXTRACT, context)


def word() -> bytes:
    document = new()
    document.add_heading("Word", 1)
    add_picture(document, 1, "a picture")
    document.add_comment(document.add_paragraph("Words.").runs, "no", "A", "A")
    return saved(document)


def deck() -> bytes:
    presentation = Presentation()
    presentation.slides.add_slide(presentation.slide_layouts[5]).shapes.title.text = "Deck"
    file = BytesIO()
    presentation.save(file)
    return file.getvalue()


def mail() -> bytes:
    message = EmailMessage()
    message["Subject"] = "Mail"
    message.set_content("Words.")
    return message.as_bytes()


def web_archive(kind: str = "text/html", body: bytes = PAGE, url: str = "http://x.org/d/a") -> bytes:
    file = BytesIO()
    writer = WARCWriter(file, gzip=True)
    headers = StatusAndHeaders("200 OK", [("Content-Type", kind)], protocol="HTTP/1.1")
    dated = {"WARC-Date": "2026-01-02T03:04:05.000000Z"}
    writer.write_record(
        writer.create_warc_record(
            url, "response", payload=BytesIO(body), http_headers=headers, warc_headers_dict=dated
        )
    )
    return file.getvalue()


def test_every_kind_has_its_rows(tmp_path: Path) -> None:
    root = tmp_path / "root"
    root.mkdir()
    (root / "a.docx").write_bytes(word())
    (root / "b.pptx").write_bytes(deck())
    (root / "c.eml").write_bytes(mail())
    (root / "d.docx").write_bytes(b"PK\x03\x04")
    rows = extract(root, tmp_path / "d")
    assert [(d["path"], d["title"]) for d in rows["documents"]] == [
        ("a.docx", "Word"),
        ("b.pptx", "Deck"),
        ("c.eml", "Mail"),
        ("d.docx", None),
    ]
    assert [(r["unit"], r["rule"], r["value"]) for r in rows["rejections"]] == [
        ("element", "comment", 1.0),
        ("document", "broken_zip", None),
    ]
    assert [blob["bytes"] for blob in rows["staging/blobs"]] == [png(1)]
    (image,) = [e for e in rows["staging/read_elements"] if e["kind"] == "image"]
    assert image["image_url"] == f"{(root / 'a.docx').as_uri()}#inline-1"


def test_web_archives_among_files_in_archives_and_as_a_root(tmp_path: Path) -> None:
    root = tmp_path / "root"
    root.mkdir()
    (root / "pages.warc.gz").write_bytes(web_archive())
    (root / "more.tar.gz").write_bytes(
        tarred({"x.zip": zipped({"w.warc.gz": web_archive(DOCX, word(), "http://x.org/get?1")})}, "gz")
    )
    rows = extract(root, tmp_path / "d")
    found = [(d["path"], d["uri"], d["title"], d["media_type"]) for d in rows["documents"]]
    assert found == [
        ("more.tar.gz/x.zip/w.warc.gz/http://x.org/get?1", "http://x.org/get?1", "Word", DOCX),
        ("pages.warc.gz/http://x.org/d/a", "http://x.org/d/a", "Page", "text/html"),
    ]
    page = rows["documents"][1]
    assert page["fetched_at"].isoformat() == "2026-01-02T03:04:05+00:00"
    images = [e["image_url"] for e in rows["staging/read_elements"] if e["kind"] == "image"]
    assert images == ["http://x.org/get?1#inline-1", "http://x.org/d/i.png"]
    alone = extract(root / "pages.warc.gz", tmp_path / "e")
    assert [(d["path"], d["title"]) for d in alone["documents"]] == [("http://x.org/d/a", "Page")]


def test_a_page_of_a_web_archive_reads_no_local_file(tmp_path: Path) -> None:
    (tmp_path / "i.png").write_bytes(png())
    body = f"<p>x</p><img src='{(tmp_path / 'i.png').as_uri()}'>".encode()
    (tmp_path / "p.warc.gz").write_bytes(web_archive(body=body))
    rows = extract(tmp_path / "p.warc.gz", tmp_path / "d")
    assert [r["rule"] for r in rows["rejections"]] == ["outside_root"]


def test_a_web_archive_that_breaks_off_is_stated(tmp_path: Path) -> None:
    data = web_archive()
    (tmp_path / "p.warc.gz").write_bytes(data + data[: len(data) // 2])
    rows = extract(tmp_path / "p.warc.gz", tmp_path / "d")
    assert len(rows["documents"]) == 1
    assert [r["rule"] for r in rows["rejections"]] == ["truncated_archive"]
