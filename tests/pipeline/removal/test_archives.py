from __future__ import annotations

import io
from gzip import decompress
from pathlib import Path

import pytest
from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

from pipeline.removal.archives import erase_records
from pipeline.sources.warc import PageRecord, find_pages, read_page

SIZES = (1, 50, 700, 16_000, 70_000, 300_001)


@pytest.mark.parametrize("gzip", [False, True])
@pytest.mark.parametrize("gone", range(len(SIZES)))
def test_other_records_stay_where_they_are(tmp_path: Path, gzip: bool, gone: int) -> None:
    place = tmp_path / ("a.warc.gz" if gzip else "a.warc")
    bodies = {f"http://a.org/{size}": (f"{size} " * size).encode()[:size] for size in SIZES}
    with place.open("wb") as file:
        writer = WARCWriter(file, gzip=gzip)
        for url, body in bodies.items():
            headers = StatusAndHeaders("200 OK", [("Content-Type", "text/html")], protocol="HTTP/1.0")
            record = writer.create_warc_record(
                url, "response", payload=io.BytesIO(body), http_headers=headers
            )
            writer.write_record(record)
    removed = f"http://a.org/{SIZES[gone]}"
    before = {page.url: page for page in find_pages(str(place)) if isinstance(page, PageRecord)}
    size = place.stat().st_size
    assert erase_records(str(tmp_path), lambda url: url == removed) == 1
    assert place.stat().st_size == size
    after = list(find_pages(str(place)))
    assert after == [page for url, page in before.items() if url != removed]
    for url, page in before.items():
        if url != removed:
            assert read_page(str(place), page.offset, 1_000_000).data == bodies[url]
    unpacked = place.read_bytes() if not gzip else decompress(place.read_bytes())
    assert f"{removed}\r\n".encode() not in unpacked
    assert erase_records(str(tmp_path), lambda url: url == removed) == 0
