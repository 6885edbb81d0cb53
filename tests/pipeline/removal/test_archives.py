from __future__ import annotations

import gzip
import io
from pathlib import Path

import pytest
from warcio.archiveiterator import ArchiveIterator
from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

from pipeline.removal.archives import erase_records
from pipeline.removal.filler import filler
from pipeline.sources.warc import PageRecord, find_pages, read_page

BODIES = {f"http://example.org/{n}": bytes([65 + n]) * size for n, size in enumerate((1, 900, 70_000, 5))}


def write(path: Path, packed: bool) -> None:
    with path.open("wb") as file:
        writer = WARCWriter(file, gzip=packed)
        for url, body in BODIES.items():
            headers = StatusAndHeaders("200 OK", [("Content-Type", "text/html")], protocol="HTTP/1.0")
            writer.write_record(
                writer.create_warc_record(url, "response", payload=io.BytesIO(body), http_headers=headers)
            )


@pytest.mark.parametrize("packed", [False, True])
@pytest.mark.parametrize("gone", [{0}, {1, 2}, {3}, {0, 1, 2, 3}])
def test_other_records_stay_where_they_are(tmp_path: Path, packed: bool, gone: set[int]) -> None:
    path = tmp_path / ("a.warc.gz" if packed else "a.warc")
    write(path, packed)
    before = {page.url: page for page in find_pages(str(path)) if isinstance(page, PageRecord)}
    size = path.stat().st_size
    removed = {url for n, url in enumerate(BODIES) if n in gone}
    assert erase_records(str(tmp_path), lambda url: url in removed) == 1
    assert path.stat().st_size == size
    after = list(find_pages(str(path)))
    assert after == [page for url, page in before.items() if url not in removed]
    for url, page in before.items():
        if url not in removed:
            assert read_page(str(path), page.offset, 1 << 20).data == BODIES[url]
    data = gzip.decompress(path.read_bytes()) if packed else path.read_bytes()
    assert not any(url.encode() in data for url in removed)
    with path.open("rb") as file:
        records = [record.rec_type for record in ArchiveIterator(file)]
    assert sorted(records) == sorted(["metadata"] * len(gone) + ["response"] * (4 - len(gone)))
    assert erase_records(str(tmp_path), lambda url: url in removed) == 0


@pytest.mark.parametrize("length", [99, 110, 185, 186, 400, 65_535, 65_712, 65_713, 65_714, 131_260, 400_000])
@pytest.mark.parametrize("packed", [False, True])
def test_a_filler_has_any_length(length: int, packed: bool) -> None:
    data = filler(length, 7, gzip=packed)
    assert len(data) == length
    (record,) = ArchiveIterator(io.BytesIO(data))
    assert record.rec_type == "metadata"
    assert record.rec_headers.get_header("WARC-Target-URI") is None


def test_nothing_is_too_short_in_silence() -> None:
    with pytest.raises(ValueError, match="only 20 bytes"):
        filler(20, 0, gzip=False)
