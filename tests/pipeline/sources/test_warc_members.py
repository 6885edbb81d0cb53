from __future__ import annotations

from io import BytesIO
from pathlib import Path

import pytest
from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

from pipeline.extract.media import DOCX, HTML, MARKDOWN, PDF
from pipeline.sources.archives import Refusal
from pipeline.sources.warc_members import WarcMember, readable_type, warc_members


@pytest.mark.parametrize(
    ("content_type", "url", "kind"),
    [
        ("text/html; charset=utf-8", "http://x.org/a", HTML),
        ("application/xhtml+xml", "http://x.org/a", HTML),
        (DOCX, "http://x.org/get?id=3", DOCX),
        ("application/pdf", "http://x.org/a.html", PDF),
        ("application/octet-stream", "http://x.org/a.docx?x=1", DOCX),
        ("text/plain", "http://x.org/readme.md", MARKDOWN),
        ("", "http://x.org/a.pdf#page=2", PDF),
        ("text/plain", "http://x.org/robots.txt", None),
        ("image/png", "http://x.org/a.html", None),
        ("", "http://x.org/", None),
    ],
)
def test_kinds(content_type: str, url: str, kind: str | None) -> None:
    assert readable_type(content_type, url) == kind


def test_each_page_once(tmp_path: Path) -> None:
    path = tmp_path / "a.warc"
    with path.open("wb") as file:
        writer = WARCWriter(file, gzip=False)
        for url, kind in [("/a", "text/html"), ("/i.png", "image/png"), ("/a", "text/html"), ("/b", PDF)]:
            headers = StatusAndHeaders("200 OK", [("Content-Type", kind)], protocol="HTTP/1.1")
            record = writer.create_warc_record(
                f"http://x.org{url}", "response", payload=BytesIO(b"x"), http_headers=headers
            )
            writer.write_record(record)
        resource = writer.create_warc_record(
            "file:///b.html", "resource", payload=BytesIO(b"<p>b"), warc_content_type="text/html"
        )
        writer.write_record(resource)
    *members, refusal = warc_members(str(path), "a.warc")
    assert [(m.url, m.media_type) for m in members if isinstance(m, WarcMember)] == [
        ("http://x.org/a", HTML),
        ("http://x.org/b", PDF),
        ("file:///b.html", HTML),
    ]
    assert isinstance(refusal, Refusal)
    assert (refusal.rule, refusal.value) == ("repeated_capture", 1.0)
