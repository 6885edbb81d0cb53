"""A page must be found at its own place in a crawl's file, and be read back from there whole."""

from __future__ import annotations

import io
from pathlib import Path

from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

from pipeline.sources.warc import PageRecord, find_pages, read_page


def test_each_page_is_read_back_from_its_own_offset(tmp_path: Path) -> None:
    bodies = [f"<p>page {n}</p>".encode() * 5000 for n in range(4)]
    path = tmp_path / "crawl.warc.gz"
    with path.open("wb") as file:
        writer = WARCWriter(file, gzip=True)
        for n, body in enumerate(bodies):
            headers = StatusAndHeaders("200 OK", [("Content-Type", "text/html")], protocol="HTTP/1.1")
            url = f"http://site.example/{n}"
            writer.write_record(
                writer.create_warc_record(url, "response", payload=io.BytesIO(body), http_headers=headers)
            )
    found = list(find_pages(str(path)))
    assert all(isinstance(record, PageRecord) for record in found)
    records = [record for record in found if isinstance(record, PageRecord)]
    assert [record.url for record in records] == [f"http://site.example/{n}" for n in range(4)]
    assert [read_page(str(path), record.offset, 10**7).data for record in records] == bodies
