from __future__ import annotations

from io import BytesIO
from pathlib import Path

import pytest
from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

from pipeline.sources.warc import BrokenWarc, PageRecord, find_pages, read_page

BODIES = {
    f"http://x.org/{n}.html": (f"<h1>Page {n}</h1>" + "".join(f"<p>{i * n}" for i in range(3000))).encode()
    for n in range(1, 5)
}


def write(path: Path, compressed: bool = True) -> Path:
    with path.open("wb") as file:
        writer = WARCWriter(file, gzip=compressed)
        writer.write_record(writer.create_warcinfo_record(path.name, {"software": "test"}))
        responses = [
            ("http://x.org/i.png", "200 OK", "image/png", b"x"),
            ("http://x.org/no", "404 No", "text/html", b""),
        ]
        responses += [(url, "200 OK", "text/html; charset=utf-8", body) for url, body in BODIES.items()]
        for url, status, kind, body in responses:
            headers = StatusAndHeaders(status, [("Content-Type", kind)], protocol="HTTP/1.1")
            record = writer.create_warc_record(
                url,
                "response",
                payload=BytesIO(body),
                http_headers=headers,
                warc_headers_dict={"WARC-Date": "2026-01-02T03:04:05.000000Z"},
            )
            writer.write_record(record)
    return path


@pytest.mark.parametrize("compressed", [True, False])
def test_pages_come_back(tmp_path: Path, compressed: bool) -> None:
    path = str(write(tmp_path / "a.warc.gz", compressed))
    records = list(find_pages(path))
    assert [r.url for r in records if isinstance(r, PageRecord)] == list(BODIES)
    for record in records:
        assert isinstance(record, PageRecord)
        page = read_page(path, record.offset, 10_000_000)
        assert (page.url, page.data) == (record.url, BODIES[record.url])
        assert page.content_type == "text/html; charset=utf-8"
        assert page.fetched_at is not None
        assert page.fetched_at.isoformat() == "2026-01-02T03:04:05+00:00"


@pytest.mark.parametrize("compressed", [True, False])
@pytest.mark.parametrize("share", [0.5, 0.8, 0.97])
def test_a_truncated_file_gives_the_pages_before_the_break(
    tmp_path: Path, compressed: bool, share: float
) -> None:
    path = write(tmp_path / "a.warc.gz", compressed)
    path.write_bytes(path.read_bytes()[: int(path.stat().st_size * share)])
    records = list(find_pages(str(path)))
    assert isinstance(records[-1], BrokenWarc)
    pages = [record for record in records if isinstance(record, PageRecord)]
    assert 0 < len(pages) < len(BODIES)
    assert all(read_page(str(path), page.offset, 10_000_000).data == BODIES[page.url] for page in pages)


def test_no_warc_at_all(tmp_path: Path) -> None:
    path = tmp_path / "a.warc.gz"
    path.write_bytes(b"nothing of the kind")
    assert all(isinstance(record, BrokenWarc) for record in find_pages(str(path)))
